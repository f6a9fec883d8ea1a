"""Where in a text the words stand that were searched for: folded as the database folds them
(conversations/migrations/search/words.sql), with every letter's place kept."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

Piece = tuple[str, bool]  # a stretch of the text, and whether it is what was looked for

AROUND = 60  # letters before the first word
LENGTH = 240


def folded(text: str) -> tuple[str, list[int]]:
    """The text in small letters without accents, and for each of its letters the place it comes from. What is
    neither letter nor number is a space, several are one."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if letter.isascii():
            parts = letter.lower() if letter.isalnum() else " "
        else:
            parts = _plain(letter)
        if parts == " " and letters and letters[-1] == " ":
            continue
        letters.extend(parts)
        places.extend([place] * len(parts))
    return "".join(letters), places


def _plain(letter: str) -> str:
    parts = unicodedata.normalize("NFKD", letter).lower()
    kept = "".join(one for one in parts if unicodedata.category(one) not in ("Mn", "Cf"))
    if kept and unicodedata.category(kept[0])[0] in "PZ":
        return " "
    return unicodedata.normalize("NFC", kept)


def marked(text: str, words: Iterable[str], *, anywhere: bool = False) -> list[Piece]:
    """The whole text in pieces. A word is marked where a word begins with it (with its rest), or `anywhere`."""
    plain, places = folded(text)
    pieces: list[Piece] = []
    end = 0
    for first, last in _merged(_found(plain, words, anywhere)):
        start, stop = places[first], places[last - 1] + 1
        if start > end:
            pieces.append((text[end:start], False))
        pieces.append((text[max(start, end) : stop], True))
        end = stop
    if end < len(text):
        pieces.append((text[end:], False))
    return pieces


def snippet(text: str, words: Iterable[str]) -> list[Piece]:
    """Some 240 letters around the first word that is found, on one line."""
    words = list(words)
    line = " ".join(text[:40_000].split())
    plain, places = folded(line)
    spans = _merged(_found(plain, words, False))
    start = max(0, places[spans[0][0]] - AROUND) if spans else 0
    if start:
        start = line.find(" ", start, start + 20) + 1 or start
    cut = line[start : start + LENGTH]
    pieces = marked(cut, words)
    if start:
        pieces.insert(0, ("… ", False))
    if start + LENGTH < len(line):
        pieces.append((" …", False))
    return pieces


def _found(plain: str, words: Iterable[str], anywhere: bool) -> list[tuple[int, int]]:
    spans = []
    for word in words:
        wanted = " ".join(folded(word)[0].split())
        at = plain.find(wanted) if wanted else -1
        while at >= 0:
            begins = anywhere or at == 0 or not _joined(plain[at - 1], plain[at])
            if begins:
                spans.append((at, at + len(wanted) if anywhere else _end(plain, at + len(wanted))))
            at = plain.find(wanted, at + len(wanted))
    return sorted(spans)


def _end(plain: str, stop: int) -> int:
    """To the end of the word that goes on there."""
    while stop < len(plain) and _joined(plain[stop - 1], plain[stop]):
        stop += 1
    return stop


def _joined(before: str, after: str) -> bool:
    """Whether two letters belong to one word. Scripts without spaces have no words to speak of."""
    return before != " " and after != " " and not _is_unspaced(before) and not _is_unspaced(after)


def _is_unspaced(letter: str) -> bool:
    return (
        "\u0e00" <= letter <= "\u0eff"
        or "\u1000" <= letter <= "\u109f"
        or "\u1780" <= letter <= "\u17ff"
        or ("\u3005" <= letter <= "\ud7af" or letter >= "\U00020000")
    )


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    result: list[tuple[int, int]] = []
    for first, last in spans:
        if result and first <= result[-1][1]:
            result[-1] = (result[-1][0], max(last, result[-1][1]))
        else:
            result.append((first, last))
    return result
