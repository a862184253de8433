"""One convolution or pooling by hand, and three ideas behind convolution as experiments."""
