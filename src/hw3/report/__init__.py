"""The report: one page from the records on disk, and an audit of every clause.

It reads records through readers that name what is damaged; it trains nothing and opens no data.
A problem is a module problem<number>.py and a template; what else is raised is a bug, and shows.
"""

TITLE = "hw3: report and audit"  # of a page, by which a later command knows it for ours
