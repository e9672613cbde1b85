"""What becomes of an uploaded photo, and what is refused before it can do harm."""

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from domain.profiles import pictures
from domain.profiles.errors import NotAPhoto, PhotoTooLarge, PhotoTooSmall
from domain.profiles.pictures import MAX_BYTES, pictures_of
from domain.profiles.rules import airports, airports_near, distance_km
from domain.profiles.types import PhotoWidth
from tests.factories.photos import photo_bytes

JPEG, PNG = "image/jpeg", "image/png"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is huge, and is: rows of zeros compress to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * 2000), 9)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def opened(raw: bytes) -> Image.Image:
    return Image.open(io.BytesIO(raw), formats=("WEBP",))


@pytest.mark.parametrize(
    ("kind", "mode", "media_type"),
    [("JPEG", "RGB", JPEG), ("JPEG", "L", JPEG), ("JPEG", "CMYK", JPEG), ("PNG", "RGB", PNG),
     ("PNG", "RGBA", PNG), ("PNG", "P", PNG), ("PNG", "1", PNG), ("PNG", "I;16", PNG)],
)  # fmt: skip
async def test_a_photo_is_kept_in_two_widths(kind: str, mode: str, media_type: str) -> None:
    made = await pictures_of(photo_bytes(3000, 2000, kind, mode), media_type)
    assert (made.width, made.height) == (1280, 853)
    for width, raw in made.by_width.items():
        picture = opened(raw)
        assert (picture.format, picture.mode, picture.width) == ("WEBP", "RGB", int(width))


async def test_a_small_photo_is_not_enlarged_and_what_is_transparent_is_white() -> None:
    made = await pictures_of(photo_bytes(300, 220, mode="RGBA"), PNG)
    picture = opened(made.by_width[PhotoWidth.LARGE])
    assert picture.size == (300, 220)
    assert min(picture.getpixel((150, 110))) > 250  # type: ignore[type-var, arg-type]


async def test_nothing_but_the_pixels_remains() -> None:
    """Place, camera, profile, comment and whatever was hung on the end are gone."""
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    exif[0x8825] = {1: "N", 2: (47.0, 29.0, 0.0)}
    exif[0x0112] = 6  # lies on its side
    raw = photo_bytes(
        600, 400, "JPEG", exif=exif, comment=b"SECRETCOMMENT", icc_profile=b"SECRETPROFILE" * 20
    )
    raw += b"SECRETTAIL<script>"
    assert b"SECRETCAMERA" in raw and b"SECRETPROFILE" in raw
    made = await pictures_of(raw, JPEG)
    assert (made.width, made.height) == (400, 600)
    for kept in made.by_width.values():
        assert b"SECRET" not in kept
        assert not {"exif", "icc_profile", "xmp"} & set(opened(kept).info)
        assert not opened(kept).getexif()


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (bomb(10_000, 10_000), PhotoTooLarge),
        (bomb(60_000, 60_000), PhotoTooLarge),
        (b"\xff\xd8\xff" + bytes(MAX_BYTES), PhotoTooLarge),
        (photo_bytes(199, 400), PhotoTooSmall),
        (photo_bytes(1700, 400), PhotoTooSmall),
        (photo_bytes(600, 400)[:-40], NotAPhoto),
        (photo_bytes(600, 400, "JPEG")[:300], NotAPhoto),
        (photo_bytes(600, 400, "GIF"), NotAPhoto),
        (photo_bytes(600, 400, "TIFF"), NotAPhoto),
        (b"\xff\xd8\xff" + b"no picture" * 50, NotAPhoto),
        (b"\x89PNG\r\n\x1a\n", NotAPhoto),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", NotAPhoto),
        (b"", NotAPhoto),
    ],
    ids=["100 megapixels", "3600 megapixels", "10 MiB", "narrow", "long",
         "png cut off", "jpeg cut off", "gif", "tiff", "no jpeg", "no png", "svg", "nothing"],
)  # fmt: skip
async def test_what_is_no_photo_for_us_is_refused(raw: bytes, error: type[Exception]) -> None:
    kind = JPEG if raw.startswith(b"\xff\xd8") else PNG
    with pytest.raises(error):
        await pictures_of(raw, kind)


async def test_a_zip_called_jpg_and_a_png_called_jpeg_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("photo.jpg", photo_bytes(600, 400, "JPEG"))
    for raw, kind in ((out.getvalue(), JPEG), (photo_bytes(), JPEG), (photo_bytes(), "image/webp")):
        with pytest.raises(NotAPhoto):
            await pictures_of(raw, kind)


async def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> Image.Image:
        raise AssertionError("decoded")

    monkeypatch.setattr(pictures, "_on_white", never)
    with pytest.raises(PhotoTooLarge):
        await pictures_of(bomb(10_000, 10_000), PNG)


@given(st.binary(max_size=60), st.integers(0, 2000), st.sampled_from([JPEG, PNG]))
async def test_no_broken_photo_breaks_us(noise: bytes, at: int, media_type: str) -> None:
    whole = photo_bytes(240, 220, "JPEG" if media_type == JPEG else "PNG")
    at %= len(whole)
    raw = whole[:at] + noise + whole[at + len(noise) :]
    try:
        made = await pictures_of(raw, media_type)
    except (NotAPhoto, PhotoTooLarge, PhotoTooSmall):
        return
    assert set(made.by_width) == set(PhotoWidth)


def test_distances_and_airports() -> None:
    assert distance_km((0, 0), (0, 180)) == pytest.approx(20015.1, abs=0.1)
    assert distance_km((41.0082, 28.9784), (39.9334, 32.8597)) == pytest.approx(350, abs=3)
    codes = [each.code for each in airports_near(41.0082, 28.9784)]
    assert set(codes[:2]) == {"IST", "SAW"}
    assert airports_near(None, None) == []
    assert airports_near(0.0, 0.0) == []
    assert {each.state for each in airports()} == {"AZ", "KZ", "KG", "TR", "UZ", "HU", "TM", "XN"}
    assert len({each.code for each in airports()}) == len(airports())
