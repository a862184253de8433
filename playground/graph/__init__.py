"""The Graph page: the autograd graph of the recorded iteration."""
