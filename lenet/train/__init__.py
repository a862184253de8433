"""Training as a stream of events, and evaluation."""
