"""From an uploaded photo to the pictures we keep: decoded within bounds, resized, and nothing else.

What is kept is drawn anew from the pixels, so that no place, camera, profile or hidden payload of
the upload survives.
"""

import asyncio
import io
import warnings

import msgspec
from PIL import Image, ImageOps

from domain.profiles.errors import NotAPhoto, PhotoTooLarge, PhotoTooSmall
from domain.profiles.types import PhotoWidth

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MIN_SIDE = 200
MAX_RATIO = 4
QUALITY = 82

# The library's own guard against decompression bombs, beside ours, which asks first.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS

_SIGNATURES = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
MEDIA_TYPES = tuple(_SIGNATURES)
_FORMATS = ("JPEG", "PNG")

_one_at_a_time = asyncio.Semaphore(1)
"""A photo of 40 million pixels takes 160 MB while it is decoded."""


class Pictures(msgspec.Struct, frozen=True):
    """A photo as WebP in each width, with the size of the largest."""

    by_width: dict[PhotoWidth, bytes]
    width: int
    height: int


async def pictures_of(raw: bytes, media_type: str) -> Pictures:
    """Return what is kept of a photo; raises NotAPhoto, PhotoTooLarge and PhotoTooSmall."""
    if len(raw) > MAX_BYTES:
        raise PhotoTooLarge
    signature = _SIGNATURES.get(media_type)
    if signature is None or not raw.startswith(signature):
        raise NotAPhoto
    async with _one_at_a_time:
        return await asyncio.to_thread(_drawn, raw)


def _drawn(raw: bytes) -> Pictures:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(raw), formats=_FORMATS) as header:
                _require_size(header.width, header.height)
                header.verify()
            with Image.open(io.BytesIO(raw), formats=_FORMATS) as photo:
                photo.draft("RGB", (2 * int(PhotoWidth.LARGE),) * 2)
                turned = ImageOps.exif_transpose(photo)
                plain = _on_white(turned)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise PhotoTooLarge from None
        except (OSError, SyntaxError, ValueError, IndexError, KeyError, TypeError, MemoryError):
            # What the decoders raise on broken input is not documented beyond these.
            raise NotAPhoto from None
    by_width = {each: _resized(plain, int(each)) for each in PhotoWidth}
    largest = by_width[PhotoWidth.LARGE]
    return Pictures(
        {each: _encoded(picture) for each, picture in by_width.items()},
        largest.width,
        largest.height,
    )


def _require_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PhotoTooLarge
    if min(width, height) < MIN_SIDE or max(width, height) > MAX_RATIO * min(width, height):
        raise PhotoTooSmall


def _on_white(photo: Image.Image) -> Image.Image:
    """Return the pixels alone, what is transparent on white."""
    plain = Image.new("RGB", photo.size, "white")
    if photo.mode in ("RGBA", "LA", "PA") or "transparency" in photo.info:
        shown = photo.convert("RGBA")
        plain.paste(shown, mask=shown.getchannel("A"))
    else:
        plain.paste(photo.convert("RGB"))
    return plain


def _resized(picture: Image.Image, width: int) -> Image.Image:
    if picture.width <= width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def _encoded(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
