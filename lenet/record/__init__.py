"""One training iteration of any module, recorded: operations, autograd graph, loss, gradients and update."""
