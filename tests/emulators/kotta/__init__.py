"""A Cloud Kotta of a test's own: its REST interface, its worker, and the object store behind."""
