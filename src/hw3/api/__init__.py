"""What Python and notebooks use: training as the commands do it, and records that show themselves.

`hw3` hands its names out, each when it is first asked for.
"""
