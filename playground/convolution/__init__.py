"""The Convolution page: a laboratory for convolution and pooling."""
