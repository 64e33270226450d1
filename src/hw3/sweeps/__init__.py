"""What came of many runs: which configurations they are, which is best, how they compare."""
