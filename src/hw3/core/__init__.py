"""What every package may use: errors, registries, seeds, files, terminal. It knows no network."""
