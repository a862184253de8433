"""Speed of the playground beside a baseline, the usual way to build such a page: `python -m benchmarks`."""
