"""Attachments as the thread shows them: pictures as tiles of known size, everything else by its kind."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from conversations.templatetags.desk import web_address

register = template.Library()

TILE_WIDTH, TILE_HEIGHT, LEAST = 320, 288, 48  # CSS pixels
TAIL = 10  # letters of a name that are never cut
PROBLEMS = {
    "too_large": _("No preview: the picture has too many pixels."),
    "too_slow": _("No preview: the picture took too long to open."),
    "missing": _("The file is gone."),
}
BROKEN = _("No preview: the picture is damaged, or of another kind than it says.")


@dataclass(frozen=True)
class Picture:
    """A tile: `width` and `height` are those it is shown with; `thumb` is "" until there is one."""

    file: dict[str, Any]
    width: int
    height: int
    thumb: str
    view: str
    original: str


@register.filter
def pictures(attachments: list[dict[str, Any]]) -> list[Picture]:
    """The pictures that have, or will have, a copy that may be shown."""
    return [_picture(file) for file in attachments if _is_shown(file)]


@register.filter
def others(attachments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [file for file in attachments if not _is_shown(file)]


def _is_shown(file: dict[str, Any]) -> bool:
    # One whose size nobody could read will hardly get a copy: it starts as what it will most likely stay, a file.
    is_pending = file.get("preview") == "pending" and file.get("width")
    return file["file_type"] == "image" and bool(file.get("preview") == "ready" or is_pending)


def _picture(file: dict[str, Any]) -> Picture:
    width, height = tile_size(file.get("width"), file.get("height"))
    ready = file["preview"] == "ready"
    return Picture(
        file=file,
        width=width,
        height=height,
        thumb=own_path(file, "thumb") if ready else "",
        view=own_path(file, "view") if ready else "",
        original=own_path(file, "original"),
    )


def tile_size(width: int | None, height: int | None) -> tuple[int, int]:
    """As large as fits into a tile and never larger than it is; a square where nobody knows."""
    if not width or not height:
        return 160, 160
    scale = min(1.0, TILE_WIDTH / width, TILE_HEIGHT / height)
    return max(LEAST, round(width * scale)), max(LEAST, round(height * scale))


@register.filter
def own_path(file: dict[str, Any], variant: str) -> str:
    """The dashboard's address of a file: original, view or thumb. Elsewhere stored ones keep their own."""
    if not file.get("file_size"):  # others gave the address: it has to lead to the web
        return web_address(file.get("data_url"))
    name = (file.get("file_name") or "file") if variant == "original" else f"{variant}.webp"
    # Names that did not come by an upload (an import) may still hold what no address can.
    return reverse("desk:file", args=[file["account_id"], file["id"], variant, name.replace("/", "_")])


@register.filter
def problem_words(file: dict[str, Any]) -> Any:
    """Why there is no preview; "" where none was expected."""
    code = file.get("preview_problem")
    return PROBLEMS.get(code, BROKEN) if code else ""


@register.filter
def halves(name: str | None) -> tuple[str, str]:
    """A name in two parts without invisible characters, so that its middle is cut and its ending stays."""
    letters = [char for char in (name or "") if unicodedata.category(char) not in {"Cc", "Cf"}]
    text = "".join(letters)
    return (text, "") if len(text) < 16 else (text[:-TAIL], text[-TAIL:])
