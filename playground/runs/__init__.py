"""Training runs of visitors: a process each, a queue, limits, and the stream that shows them live."""
