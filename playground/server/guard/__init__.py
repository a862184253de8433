"""Checks and limits in front of the playground: who may connect, what may be sent, and how much of it."""
