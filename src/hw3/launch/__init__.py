"""From arguments to checked jobs, and from jobs to records: here, or side by side."""
