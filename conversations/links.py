"""The ways to a file, and the JSON of attachments.

Programs, widgets and mobile apps get signed addresses: good for one file, for at most an hour, and only as long as
the message and the account are there. The dashboard's own are plain: they ask for the session each time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.signing import BadSignature, Signer

from conversations import shapes
from conversations.models import Attachment

_signer = Signer(salt="parley.files")

VARIANTS = ("original", "view", "thumb")
PREVIEWS = {
    Attachment.Preview.NONE: "none",
    Attachment.Preview.PENDING: "pending",
    Attachment.Preview.READY: "ready",
    Attachment.Preview.REFUSED: "refused",
}
STEP = 600  # seconds for which an address stays the same, so that browsers can keep what it led to


@dataclass(frozen=True)
class Link:
    account_id: int
    attachment_id: int
    variant: str
    is_fresh: bool


def signed_path(*, account_id: int, attachment_id: int, name: str, variant: str = "original") -> str:
    expires = (int(time.time()) // STEP) * STEP + settings.FILE_LINK_MINUTES * 60
    token = _signer.sign(f"{account_id}.{attachment_id}.{VARIANTS.index(variant)}.{expires}")
    return f"/files/{token}/{quote(name or 'file', safe='')}"


def read_link(token: str) -> Link | None:
    """What a signed path stands for; None if we never signed it."""
    try:
        account_id, attachment_id, variant, expires = map(int, _signer.unsign(token).split("."))
        return Link(account_id, attachment_id, VARIANTS[variant], time.time() < expires)
    except (BadSignature, ValueError, IndexError):
        return None


# A row of Attachment as the hand-written queries and `columns_of` give it, in this order.
COLUMNS = (
    "id",
    "file_type",
    "file_name",
    "extension",
    "file_size",
    "width",
    "height",
    "external_url",
    "preview",
    "preview_problem",
    "fallback_title",
    "coordinates_lat",
    "coordinates_long",
    "meta",
)


def columns_of(attachment: Attachment) -> list[Any]:
    return [getattr(attachment, name) for name in COLUMNS]


def attachment_shape(message_id: int, account_id: int, row: list[Any]) -> shapes.Row:
    """From a row of COLUMNS, by its kind (contract: api-contract.md 3.2). Of our own are `file_name`, and `preview`
    with `preview_problem`: whether there is a copy to show, and why not."""
    known = dict(zip(COLUMNS, row, strict=True))
    kind = shapes.FILE_TYPES[known["file_type"]]
    shape = {"id": known["id"], "message_id": message_id, "file_type": kind, "account_id": account_id}
    if kind == "contact":
        return {**shape, "fallback_title": known["fallback_title"], "meta": known["meta"]}
    shape["data_url"] = known["external_url"] or _address(account_id, known, "original")
    if kind == "embed":
        return shape
    if kind in {"location", "fallback"}:
        shape["fallback_title"] = known["fallback_title"]
        if kind == "location":
            shape["coordinates_lat"] = known["coordinates_lat"]
            shape["coordinates_long"] = known["coordinates_long"]
        return shape
    return shape | _of_file(account_id, kind, known)


def _of_file(account_id: int, kind: str, known: dict[str, Any]) -> shapes.Row:
    ready = known["preview"] == Attachment.Preview.READY
    shape = {
        "extension": known["extension"] or None,
        "thumb_url": _address(account_id, known, "thumb") if kind == "image" and ready else "",
        "file_size": known["file_size"],
        "width": known["width"],
        "height": known["height"],
        "file_name": known["file_name"],
        "preview": PREVIEWS[known["preview"]],
    }
    if known["preview_problem"]:
        shape["preview_problem"] = known["preview_problem"]
    if kind == "audio":
        shape["transcribed_text"] = (known["meta"] or {}).get("transcribed_text", "")
    return shape


def _address(account_id: int, known: dict[str, Any], variant: str) -> str:
    name = known["file_name"] if variant == "original" else f"{variant}.webp"
    path = signed_path(account_id=account_id, attachment_id=known["id"], name=name, variant=variant)
    return str(settings.PUBLIC_URL) + path
