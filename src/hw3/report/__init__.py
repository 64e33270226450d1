"""The report: one page from the records on disk, and an audit of every clause."""
