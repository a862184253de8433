"""How fast the playground is, beside the ordinary way of building it: `python -m benchmarks`."""
