"""Flag that says whether the project's own server runs in this process, with the WebSockets beside Streamlit's."""

from __future__ import annotations

_served = False


def serve() -> None:
    """Record that this process serves them, as `python -m playground` does and `streamlit run` doesn't."""
    global _served
    _served = True


def is_served() -> bool:
    """True if this process serves them."""
    return _served
