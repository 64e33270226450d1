"""Somebody else's program: it runs in a process of its own, and what it computes is judged."""
