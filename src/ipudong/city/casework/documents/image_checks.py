"""Pictures: their size before they are unpacked, whether they are whole, and small copies."""

import io
import warnings
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from ipudong.city.casework.documents.options import MAX_IMAGE_MEGAPIXELS
from ipudong.city.casework.errors import CaseworkError

THUMBNAIL_PIXELS: Final = 320
_FORMATS: Final = ("JPEG", "PNG")
_BROKEN: Final = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


def check_image(path: Path) -> tuple[int, int]:
    """Width and height in pixels. Raises CaseworkError: image_too_large, damaged_file."""
    try:
        with _opened(path) as image:
            size = image.size
            _check_pixels(size)
            image.load()
    except _BROKEN as error:
        raise CaseworkError("damaged_file") from error
    return size


def _opened(path: Path) -> Image.Image:
    """The picture, its size read but nothing unpacked; our own bound stands before Pillow's."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            return Image.open(path, formats=_FORMATS)
        except Image.DecompressionBombError as error:
            raise CaseworkError("image_too_large", limit=MAX_IMAGE_MEGAPIXELS.get()) from error


def _check_pixels(size: tuple[int, int]) -> None:
    limit = MAX_IMAGE_MEGAPIXELS.get()
    if size[0] * size[1] > limit * 1_000_000:
        raise CaseworkError("image_too_large", limit=limit)


def make_thumbnail(path: Path) -> bytes:
    """A JPEG of at most 320 x 320 pixels, upright, without anything the camera wrote: no place,
    no device, no time."""
    with _opened(path) as image:
        _check_pixels(image.size)
        image.draft("RGB", (THUMBNAIL_PIXELS * 2, THUMBNAIL_PIXELS * 2))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
        plain = _on_white(upright)
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=80, exif=b"")
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """Only the pixels, on white paper where they are transparent."""
    colored = image.convert("RGBA")
    plain = Image.new("RGB", colored.size, "white")
    plain.paste(colored, mask=colored.getchannel("A"))
    return plain
