"""Penguin's POD: Scyld Cloud Auth, Cloud Controller and Beoweb."""
