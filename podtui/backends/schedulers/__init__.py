"""Batch schedulers on the command line. PURE: commands out, text in, no I/O."""
