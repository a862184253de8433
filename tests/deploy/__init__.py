"""The example of a server for a class, run as its text says."""
