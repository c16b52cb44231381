"""qsub, qstat, qdel, qhold and qrls for shells and jobs on the pod."""
