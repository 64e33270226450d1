"""What every package may use: errors, registries, seeds, files, the terminal. It knows no network."""
