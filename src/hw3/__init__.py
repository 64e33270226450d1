"""hw3: controlled, reproducible experiments with multilayer perceptrons."""

__version__ = "0.1.0"
