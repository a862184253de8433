"""The numbers of a page as a PyTorch script that runs by itself."""
