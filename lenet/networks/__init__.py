"""The networks, their weights on disk, and one forward pass with every layer kept."""
