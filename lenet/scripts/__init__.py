"""Stand-alone PyTorch scripts that print the numbers of a page."""
