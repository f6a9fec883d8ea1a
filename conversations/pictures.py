"""Asks the thumbnailer for copies of a picture, and believes nothing that took too long or makes no sense."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

from django.conf import settings

SECONDS = 20
VIEW_EDGE, THUMB_EDGE = 2048, 640  # px: a screen, and a tile on a dense one


@dataclass(frozen=True)
class Copies:
    """WebP. `view` is `thumb` for a picture that is no larger. Width and height are the original's, as seen."""

    width: int = 0
    height: int = 0
    view: bytes = b""
    thumb: bytes = b""
    problem: str = ""  # too_large, broken, too_slow: then there are no copies


def copies_of(source: bytes) -> Copies:
    command = [sys.executable, "-m", "conversations.thumbnailer", str(VIEW_EDGE), str(THUMB_EDGE)]
    try:
        done = subprocess.run(
            command, input=source, capture_output=True, timeout=SECONDS, cwd=settings.BASE_DIR, check=False
        )
    except subprocess.TimeoutExpired:
        return Copies(problem="too_slow")
    if done.returncode < 0:  # killed, by its own limits or by the system
        return Copies(problem="too_slow")
    try:
        return _read(done.stdout)
    except (ValueError, KeyError):
        return Copies(problem="broken")


def _read(answer: bytes) -> Copies:
    line, _end, content = answer.partition(b"\n")
    header = json.loads(line)
    if "problem" in header:
        return Copies(problem=str(header["problem"])[:32])
    (_w, _h, length), (_tw, _th, thumb_length) = header["sizes"]
    view, thumb = content[:length], content[length:]
    if len(thumb) != thumb_length or max(header["width"], header["height"]) <= THUMB_EDGE:
        thumb = view
    return Copies(int(header["width"]), int(header["height"]), view, thumb)
