"""The Draw page: a drawing, and every layer's answer to it."""
