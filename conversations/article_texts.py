"""Articles as readers see them: Markdown as in messages, with pictures and with headings that can be pointed to. Raw
HTML shows as text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.token import Token

from conversations.blobs import read_signed_id

LONGEST = 20_000
_TAGS = {
    "p", "br", "strong", "em", "s", "a", "ul", "ol", "li", "code", "pre", "blockquote", "hr", "img",
    "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "ol": {"start"},
    "img": {"src", "alt", "title"},
    **{f"h{n}": {"id"} for n in range(1, 7)},
}
_PARSER = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
_OWN_BLOB = re.compile(r"/rails/active_storage/blobs/redirect/([\w:.=-]+)")
# The page's title is its h1: a text that has another one begins below that.
_LOWER = {"h1": "h2", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h6", "h6": "h6"}


@dataclass(frozen=True)
class Heading:
    """`level` 2 or 3, as the page has it."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Shown:
    html: SafeString
    headings: tuple[Heading, ...] = ()


def shown(content: str) -> Shown:
    """Longer texts than an article may have are shown as plain text: their Markdown must not cost every reader."""
    if len(content) > LONGEST:
        return Shown(mark_safe("<p>" + escape(content).replace("\n", "<br>") + "</p>"))  # noqa: S308
    tokens = _PARSER.parse(content)
    headings = tuple(_with_anchors(tokens))
    html = nh3.clean(
        _PARSER.renderer.render(tokens, _PARSER.options, {}),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"img": {"loading": "lazy"}},
    )
    return Shown(mark_safe(html), headings)  # noqa: S308 (nh3's allow-list)


def _with_anchors(tokens: list[Token]) -> list[Heading]:
    found: list[Heading] = []
    taken: set[str] = set()
    has_title = any(token.tag == "h1" for token in tokens)
    for place, token in enumerate(tokens):
        if token.type not in {"heading_open", "heading_close"}:
            continue
        if has_title:
            token.tag = _LOWER[token.tag]
        if token.type == "heading_open":
            text = "".join(child.content for child in tokens[place + 1].children or [])
            anchor = _free(slugify(text, allow_unicode=True)[:80] or "part", taken)
            token.attrSet("id", anchor)
            if token.tag in {"h2", "h3"}:
                found.append(Heading(int(token.tag[1]), anchor, text))
    return found


def _free(anchor: str, taken: set[str]) -> str:
    number, free = 1, anchor
    while free in taken:
        number += 1
        free = f"{anchor}-{number}"
    taken.add(free)
    return free


def blobs_in(content: str, *, account_id: int) -> set[int]:
    """Uploads of this account that a text shows or links to."""
    pairs = (read_signed_id(match[1]) for match in _OWN_BLOB.finditer(content))
    return {pair[1] for pair in pairs if pair is not None and pair[0] == account_id}
