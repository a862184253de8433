"""Packing of a component's data into one block of bytes, which Streamlit passes on unchanged."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping


def pack(data: Mapping[str, object]) -> bytes:
    """Pack JSON values and `bytes` for `shared/packing.js`.

    Returns:
        The header's length in 4 bytes, the JSON header, and the `bytes` values, each at an offset that is a multiple
        of 4.

    Raises:
        ValueError: a number is NaN or infinite, which JSON can't express.
    """
    blobs = {key: value for key, value in data.items() if isinstance(value, bytes)}
    plain = {key: value for key, value in data.items() if key not in blobs}
    header = json.dumps([plain, {key: len(value) for key, value in blobs.items()}], allow_nan=False).encode()
    header += b" " * (-len(header) % 4)
    padded = [value + bytes(-len(value) % 4) for value in blobs.values()]
    return b"".join((struct.pack("<I", len(header)), header, *padded))
