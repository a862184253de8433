"""Reader of the blocks of bytes in which components receive their data."""

from __future__ import annotations

import json
import struct


def unpack(block: bytes) -> dict[str, object]:
    """Unpack a block in the most direct way, as an independent check of `pack`."""
    (length,) = struct.unpack_from("<I", block)
    plain, sizes = json.loads(block[4 : 4 + length])
    offset = 4 + length
    for key, size in sizes.items():
        assert offset % 4 == 0
        plain[key] = block[offset : offset + size]
        offset += size + -size % 4
    assert offset == len(block)
    return dict(plain)
