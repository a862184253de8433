"""Digits: MNIST, drawings, pictures and synthetic handwriting, and their way to a network's input."""
