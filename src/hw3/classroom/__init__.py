"""A class: each submission judged in a process of its own, and what submissions share.

Code of a submission runs in the sandbox of `programs` alone. A row says what was observed; whether
somebody copied is no verdict of ours.
"""
