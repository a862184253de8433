"""Checks and limits in front of the playground: allowed hosts and origins, message sizes, rates, connections."""
