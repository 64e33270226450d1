"""The clauses of a check: what is asked of a program, and how it is looked at."""
