"""The Gradients page: the gradient of every parameter, explained and checked."""
