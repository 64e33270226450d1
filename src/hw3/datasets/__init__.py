"""Data sets: reading, checking, downloading and splitting them."""
