"""Markdown of messages to safe HTML. Raw HTML shows as text, images become links, nothing loads from afar."""

from __future__ import annotations

import re

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

# Longer texts are shown as plain text: an adversary's Markdown must not cost a second per reader.
LONGEST_MARKDOWN = 20_000
_MARKUP = re.compile(r"[*_`#>\[|~\\]|https?://|^\s*(?:\d+[.)]|[-+])\s|^ {4}|^\s*[-=]{2,}\s*$|\n\s*\n", re.M)
# ASCII only, so that "see https://a.example/x。" ends before the full stop of the script around it.
_LINK = re.compile(r"https?://[!-;=?-~]*[\w/#=&%+@$-]", re.A)
_NAMED_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}\)")
_MARKS = re.compile(r"\*\*|__|~~|`+|^\s{0,3}(?:#{1,6}|>)\s+", re.M)
_TAGS = {
    "p", "br", "strong", "em", "s", "a", "ul", "ol", "li", "code", "pre", "blockquote", "hr",
    "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


def rendered(content: str) -> SafeString:
    """HTML of a message; a text without any mark-up never meets the parser (most never do)."""
    if len(content) > LONGEST_MARKDOWN or not _MARKUP.search(content):
        return mark_safe("<p>" + escape(content).replace("\n", "<br>") + "</p>")  # noqa: S308
    html = nh3.clean(
        _PARSER.render(content),
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return mark_safe(html)  # noqa: S308 (nh3's allow-list)


def plain(content: str, *, length: int) -> str:
    """The beginning of a message on one line, without its mark-up."""
    text = _NAMED_LINK.sub(r"\1", content[: length * 4])
    text = " ".join(_MARKS.sub("", text).split())
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _link_bare_addresses(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline" and block.children and "://" in block.content:
            block.children = _linked(block.children)


def _linked(tokens: list[Token]) -> list[Token]:
    """Text tokens outside links, cut where an address begins and ends."""
    result: list[Token] = []
    inside = 0
    for token in tokens:
        inside += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text" and not inside:
            result.extend(_cut(token.content))
        else:
            result.append(token)
    return result


def _cut(text: str) -> list[Token]:
    pieces: list[Token] = []
    end = 0
    for match in _LINK.finditer(text):
        pieces += [_text(text[end : match.start()]), Token("link_open", "a", 1, attrs={"href": match[0]})]
        pieces += [_text(match[0]), Token("link_close", "a", -1)]
        end = match.end()
    return [*pieces, _text(text[end:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


_PARSER = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable(["table", "strikethrough"])
    .disable("image")
)
_PARSER.core.ruler.push("bare_addresses", _link_bare_addresses)
