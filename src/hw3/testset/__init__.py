"""The only package that opens test data; each look is written to the ledger before it is returned."""
