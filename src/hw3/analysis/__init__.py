"""What measurements mean: pure functions on arrays, which know no config and no files."""
