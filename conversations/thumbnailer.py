"""Makes copies of a picture, as a program of its own: `python -m conversations.thumbnailer 2048 640 < picture`.

Decoders meet whatever a stranger sends. Here they have little memory, little time and no files, and if one is
broken it takes nobody along. Answers one line of JSON, {"width", "height", "sizes": [[width, height, bytes], …]} or
{"problem": code}, then the WebP copies. The copies are turned as EXIF says and carry none of it, nor any other
metadata; of what moves, the first frame.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

from PIL import Image, ImageCms, ImageOps

MEMORY = 640 * 1024 * 1024  # of addresses; what is really used is below half of it
SECONDS = 10
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
# A JPEG is decoded at a fraction of its size (of a progressive one all coefficients are kept), everything else whole:
# 300 MB are enough for either.
MOST_PIXELS, MOST_JPEG_PIXELS = 40_000_000, 75_000_000


class Refused(Exception):
    """The argument is the code of the reason: too_large, broken."""


def limit_ourselves() -> None:
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):  # not every system has each of them
            continue


def copies(source: bytes, edges: list[int]) -> tuple[dict[str, Any], list[bytes]]:
    """The header and the copies, one per longest edge, the largest first. Raises Refused."""
    Image.MAX_IMAGE_PIXELS = None  # our own limits say it in words
    try:
        picture = _decoded(source, largest=max(edges))
    except MemoryError:
        raise Refused("too_large") from None
    except Refused:
        raise
    except Exception:
        raise Refused("broken") from None
    made = [_copy(picture["image"], edge) for edge in sorted(edges, reverse=True)]
    sizes = [[width, height, len(content)] for width, height, content in made]
    header = {"width": picture["width"], "height": picture["height"], "sizes": sizes}
    return header, [content for _width, _height, content in made]


def _decoded(source: bytes, *, largest: int) -> dict[str, Any]:
    with Image.open(io.BytesIO(source), formats=FORMATS) as opened:
        is_jpeg = opened.format == "JPEG"
        width, height = opened.size
        if width * height > (MOST_JPEG_PIXELS if is_jpeg else MOST_PIXELS):
            raise Refused("too_large")
        turned = is_jpeg and opened.getexif().get(0x0112) in {5, 6, 7, 8}
        if is_jpeg:
            opened.draft("RGB", (largest, largest))
        opened.load()
        ImageOps.exif_transpose(opened, in_place=True)
        image = _plain(opened)
        image.load()
    return {"image": image, "width": height if turned else width, "height": width if turned else height}


def _plain(image: Image.Image) -> Image.Image:
    """RGB or RGBA as every screen shows it, without a profile."""
    profile = image.info.get("icc_profile")
    clear = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    mode = "RGBA" if clear else "RGB"
    if profile and image.mode in {"RGB", "CMYK"}:
        try:
            known = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            image = (
                ImageCms.profileToProfile(image, known, ImageCms.createProfile("sRGB"), outputMode="RGB")
                or image
            )
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # slightly other colours
    return image if image.mode == mode else image.convert(mode)


def _copy(image: Image.Image, edge: int) -> tuple[int, int, bytes]:
    """Makes the picture itself smaller: a second one beside it would double what it takes."""
    image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
    target = io.BytesIO()
    image.save(target, "WEBP", quality=80, method=4, exif=b"", icc_profile=b"", xmp=b"")
    return image.width, image.height, target.getvalue()


def main() -> None:
    limit_ourselves()
    source = sys.stdin.buffer.read()
    try:
        header, made = copies(source, [int(edge) for edge in sys.argv[1:]])
    except Refused as refusal:
        header, made = {"problem": str(refusal)}, []
    except MemoryError:
        header, made = {"problem": "too_large"}, []
    sys.stdout.buffer.write(json.dumps(header).encode() + b"\n" + b"".join(made))


if __name__ == "__main__":
    main()
