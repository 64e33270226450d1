"""The mathematics of a multilayer perceptron, in numpy and the standard library alone."""
