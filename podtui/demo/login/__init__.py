"""The pod's login nodes: SSH servers with a real shell, SFTP and the batch tools."""
