"""Servers that stand in for real ones, written from their contracts and transcripts."""
