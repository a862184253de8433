"""Secret that a browser keeps in a cookie, by which its visitor's runs and kept drawings are found again."""

from __future__ import annotations

import hashlib
import re
from typing import Final

import streamlit as st

from playground.visitor import visitor

COOKIE: Final = "cnn-playground-owner"
FORM: Final = re.compile(r"[A-Za-z0-9_-]{32}")


def owner() -> str:
    """Secret of this visitor's browser: that of its cookie, or else a new one, which the page then keeps there."""
    kept = st.context.cookies.get(COOKIE, "")
    return kept if isinstance(kept, str) and FORM.fullmatch(kept) else visitor().owner


def folder() -> str:
    """Name of the folder of this visitor's files, from which the secret can't be found."""
    return hashlib.sha256(owner().encode()).hexdigest()[:32]
