"""The Step page: one training iteration, stop by stop."""
