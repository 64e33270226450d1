"""The only package that opens test data; each look is in the ledger before it is returned."""
