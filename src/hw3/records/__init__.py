"""What a run leaves, written and read back. A damaged record is named here, and nowhere else."""
