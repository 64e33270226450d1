"""From a command line to one typed, checked config. Below this package nobody sees a DictConfig."""
