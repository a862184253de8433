"""The Autograd page: exercises from the autograd review, and expressions that the visitor types."""
