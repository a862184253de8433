"""Streamlit without the question to a third party which address this machine has.

It asks when a page of another site connects, with no more than a header to go by, on the event loop, for two seconds;
and no setting keeps it from asking. The answer would only widen the circle of pages that may connect.
"""

from __future__ import annotations

from streamlit import net_util


def ask_nobody() -> None:
    """Let Streamlit know no other address of this machine than those that its settings name."""
    net_util.get_external_ip = _unknown


def _unknown() -> None:
    return None
