"""The Draw page: a drawing, and every layer's output for it."""
