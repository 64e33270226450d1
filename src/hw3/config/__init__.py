"""From a command line to one typed, checked config. Below this room nobody sees a DictConfig."""
