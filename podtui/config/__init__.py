"""The configuration: what can be set, where it is read from, how it is changed."""
