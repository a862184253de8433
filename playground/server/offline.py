"""Patch that stops Streamlit from asking a third party for this machine's public address.

Streamlit asks whenever a page of another site tries to connect, which blocks the event loop for up to two seconds; no
setting turns this off. The answer would only allow more pages to connect.
"""

from __future__ import annotations

from streamlit import net_util


def ask_nobody() -> None:
    """Replace Streamlit's look-up of the public address by one that finds none."""
    net_util.get_external_ip = _unknown


def _unknown() -> None:
    return None
