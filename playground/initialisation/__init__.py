"""The Initialisation page: activations and gradients over depth, before any training."""
