"""Somebody else's program: run apart, asked in its own conventions, its bugs named."""
