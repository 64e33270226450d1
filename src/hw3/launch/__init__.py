"""From arguments to checked jobs, and from jobs to records: here, or side by side.

A command is read once (command); from there typed configs travel, and never text. Nothing here
trains: a job calls the task that its config names.
"""
