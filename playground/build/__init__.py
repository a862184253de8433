"""The Build page: a network as a list of layers to edit."""
