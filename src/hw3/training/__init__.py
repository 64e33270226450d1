"""From a checked config to a trained network: the one epoch loop, and what its epochs measured."""
