"""Photos of tests, drawn on the spot."""

import io
from typing import Any

from PIL import Image


def photo_bytes(
    width: int = 600, height: int = 400, kind: str = "PNG", mode: str = "RGB", **more: Any
) -> bytes:
    """A picture of this size, as a file of this kind."""
    out = io.BytesIO()
    colour = {"RGB": (20, 90, 160), "RGBA": (20, 90, 160, 0), "L": 90, "CMYK": (9, 9, 9, 9)}
    Image.new(mode, (width, height), colour.get(mode, 0)).save(out, kind, **more)
    return out.getvalue()
