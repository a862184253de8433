"""The browser side of the playground: a Python wrapper, a .js and a .css each, and one place that joins them."""
