"""The Autograd page: the exercises of the autograd review, and expressions of one's own."""
