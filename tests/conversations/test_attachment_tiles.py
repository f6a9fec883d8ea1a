"""Attachments as JSON and as the thread shows them, whatever they are called."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.template.loader import render_to_string

from conversations.links import COLUMNS, attachment_shape
from conversations.models import Attachment
from conversations.templatetags.attachments import halves, tile_size

KIND = Attachment.FileType
READY, PENDING, REFUSED = Attachment.Preview.READY, Attachment.Preview.PENDING, Attachment.Preview.REFUSED


def shape(kind: KIND, **known: Any) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        **{name: "" for name in COLUMNS},
        "id": 7,
        "file_type": kind,
        "file_name": "a.bin",
        "extension": "bin",
        "file_size": 2048,
        "width": None,
        "height": None,
        "preview": Attachment.Preview.NONE,
        "coordinates_lat": 52.5,
        "coordinates_long": 13.4,
        "meta": {},
    }
    return attachment_shape(3, 1, [{**defaults, **known}[name] for name in COLUMNS])


def page(*shapes: dict[str, Any]) -> str:
    return render_to_string("conversations/_attachments.html", {"attachments": list(shapes)})


BASE = {"id", "message_id", "file_type", "account_id"}
FILE = {"extension", "data_url", "thumb_url", "file_size", "width", "height", "file_name", "preview"}
KEYS = {
    KIND.IMAGE: FILE,
    KIND.VIDEO: FILE,
    KIND.FILE: FILE,
    KIND.SHARE: FILE,
    KIND.AUDIO: FILE | {"transcribed_text"},
    KIND.LOCATION: {"coordinates_lat", "coordinates_long", "fallback_title", "data_url"},
    KIND.FALLBACK: {"fallback_title", "data_url"},
    KIND.CONTACT: {"fallback_title", "meta"},
    KIND.EMBED: {"data_url"},
}


@pytest.mark.parametrize("kind", KEYS, ids=lambda kind: kind.label)
def test_every_kind_has_the_keys_of_the_contract(kind: KIND) -> None:
    found = shape(kind)

    assert found.keys() == BASE | KEYS[kind]
    assert (found["id"], found["message_id"], found["account_id"], found["file_type"]) == (
        7,
        3,
        1,
        kind.label,
    )


def test_a_picture_has_a_thumb_once_there_is_one() -> None:
    assert shape(KIND.IMAGE, preview=PENDING)["thumb_url"] == ""
    assert shape(KIND.IMAGE, preview=READY)["thumb_url"].endswith("/thumb.webp")
    refused = shape(KIND.IMAGE, preview=REFUSED, preview_problem="too_large")
    assert (refused["thumb_url"], refused["preview_problem"]) == ("", "too_large")
    assert shape(KIND.AUDIO, meta={"transcribed_text": "Hello"})["transcribed_text"] == "Hello"


@pytest.mark.parametrize(
    ("real", "shown"),
    [
        ((640, 480), (320, 240)),
        ((480, 640), (216, 288)),
        ((100, 80), (100, 80)),
        ((20000, 10), (320, 48)),
        ((1, 1), (48, 48)),
        ((None, None), (160, 160)),
    ],
)
def test_a_tile_is_as_large_as_fits(real: Any, shown: tuple[int, int]) -> None:
    assert tile_size(*real) == shown


def test_a_tile_has_its_size_before_and_after_it_loads() -> None:
    waiting = page(shape(KIND.IMAGE, preview=PENDING, width=640, height=480))
    there = page(shape(KIND.IMAGE, preview=READY, width=640, height=480))

    assert re.search(r'<svg class="picture__image" width="320" height="240"', waiting)
    assert "<img" not in waiting
    assert re.search(
        r'<img class="picture__image" src="/app/accounts/1/files/7/thumb/thumb.webp" width="320" height="240"',
        there,
    )
    assert 'data-original="/app/accounts/1/files/7/original/a.bin"' in there


def test_a_picture_without_a_copy_is_a_file_with_a_reason() -> None:
    text = page(shape(KIND.IMAGE, preview=REFUSED, preview_problem="too_large"))

    assert "<img" not in text
    assert "No preview: the picture has too many pixels." in text


def test_players_do_not_start_by_themselves() -> None:
    text = page(shape(KIND.AUDIO, file_name="a.mp3"), shape(KIND.VIDEO, file_name="a.mp4"))

    assert text.count("controls") == 2 and text.count('preload="metadata"') == 2
    assert "autoplay" not in text


HOSTILE = [
    '"><img src=x onerror=alert(1)>.png',
    "</a><script>alert(1)</script>",
    "safe\u202egnp.exe",
    "a\r\nSet-Cookie: x=1.png",
    "x" * 300 + ".pdf",
    "{{ 7|add:7 }}.pdf",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", [KIND.IMAGE, KIND.FILE, KIND.AUDIO, KIND.VIDEO], ids=lambda kind: kind.label)
def test_a_hostile_name_is_only_a_name(kind: KIND, name: str) -> None:
    text = page(shape(kind, file_name=name, preview=READY, width=9, height=9))

    assert "<script" not in text and "<img src=x" not in text and "14.pdf" not in text
    for address in re.findall(r'(?:href|src)="([^"]*)"', text):
        assert address.startswith(("/app/accounts/1/files/7/", "/static/")), address


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,<script>", "//evil.test", ""])
def test_an_address_that_others_gave_leads_to_the_web_or_nowhere(url: str) -> None:
    text = page(shape(KIND.FALLBACK, external_url=url or "javascript:1", fallback_title="Post", file_size=0))

    assert 'href="#"' in text


def test_a_name_is_cut_in_its_middle() -> None:
    assert halves("short.pdf") == ("short.pdf", "")
    assert halves("a very long name of a file.pdf") == ("a very long name of ", "a file.pdf")
    assert halves("abc\u202e\u2066def.pdf") == ("abcdef.pdf", "")
    assert "".join(halves("دفتر العناوين الطويل جدا.pdf")) == "دفتر العناوين الطويل جدا.pdf"
