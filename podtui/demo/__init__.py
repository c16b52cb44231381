"""The embedded pod: a small, honest Scyld Cloud Manager on loopback.

It follows the public wire of the real service and imports nothing of the client,
so that the two cannot agree on a mistake.
"""
