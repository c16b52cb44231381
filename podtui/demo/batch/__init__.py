"""The pod's batch engine: TORQUE and Grid Engine scripts, run as real local processes."""
