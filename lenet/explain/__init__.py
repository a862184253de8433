"""Explanations of a record: its stops, the terms of a gradient, the update, finite differences; and expressions."""
