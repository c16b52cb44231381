"""A Slurm behind its own REST service, slurmrestd."""
