"""What is typed into the search field, taken apart; what is found, marked."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from conversations.search_marks import marked, snippet
from conversations.search_terms import LONGEST, MOST_WORDS, Question, day_of, parse

TODAY = datetime.date(2026, 11, 20)


def said(text: str) -> dict[str, Any]:
    """All that a question says, without the text itself."""
    found = vars(parse(text, today=TODAY))
    return {key: value for key, value in found.items() if value and key not in ("text", "hints")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("refund late", {"words": ("refund", "late")}),
        ('refund "not delivered"', {"words": ("refund",), "phrases": ("not delivered",)}),
        ("“not delivered”", {"phrases": ("not delivered",)}),
        ('"never closed', {"phrases": ("never closed",)}),
        ('-test -"a test" x', {"words": ("x",), "without": ("test", "a test")}),
        ("from:bob FROM:me", {"senders": ("bob", "me")}),
        ('from:"Ana Lima" in:"Shop API"', {"senders": ("Ana Lima",), "inboxes": ("Shop API",)}),
        ("has:files has:IMAGE has:photo", {"has": ("file", "image")}),
        ("after:2026-01 before:2026-03-15", {"after": datetime.date(2026, 1, 1), "before": datetime.date(2026, 3, 15)}),
        ("after:7d", {"after": datetime.date(2026, 11, 13)}),
        ("https://shop.test/a 12:30 re:", {"words": ("https://shop.test/a", "12:30", "re:")}),
        ("well-known a-b", {"words": ("well-known", "a-b")}),
        ("包裹 -退款", {"words": ("包裹",), "without": ("退款",)}),
        ("a\x00b\tc", {"words": ("a", "b", "c")}),
        ("- -- !!! () \"\" ''", {}),
        ("🎉", {"words": ("🎉",)}),
        ("", {}),
    ],
)  # fmt: skip
def test_a_question_says_what_is_meant(text: str, expected: dict[str, Any]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("from: bob", "“from:” needs something after the colon, without a space."),
        ("-from:bob", "“-from:” is not possible: only words can be left out."),
        ("has:cheese", "“has:cheese” is not known: file, image, link or note."),
        ("before:soon", "“before:soon” is no day: 2026-03-15, 2026-03, 2026, yesterday or 7d."),
        ("after:2026-02-30", "“after:2026-02-30” is no day: 2026-03-15, 2026-03, 2026, yesterday or 7d."),
        ("x " * 300, f"Only the first {LONGEST} characters were searched for."),
        ("x " * 30, f"Only the first {MOST_WORDS} words were searched for."),
    ],
)
def test_what_makes_no_sense_is_left_out_and_a_hint_says_why(text: str, hint: str) -> None:
    assert parse(text, today=TODAY).hints[0] == hint


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026", (2026, 1, 1)),
        ("2026-3", (2026, 3, 1)),
        ("2026-03-15", (2026, 3, 15)),
        ("today", (2026, 11, 20)),
        ("Yesterday", (2026, 11, 19)),
        ("2w", (2026, 11, 6)),
        ("1y", (2025, 11, 20)),
    ],
)
def test_days_are_said_in_many_ways(text: str, day: tuple[int, int, int]) -> None:
    assert day_of(text, today=TODAY) == datetime.date(*day)


@pytest.mark.parametrize("text", ["", "0000", "2026-13", "9999d9", "9999y", "２０２６-99", "1e3", "-1d"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert day_of(text, today=TODAY) is None


def test_a_number_alone_is_a_conversations_and_a_phone_number_is_its_digits() -> None:
    assert parse("#42", today=TODAY).number == 42 and parse("42", today=TODAY).number == 42
    assert parse("42 x", today=TODAY).number is None and parse("²", today=TODAY).number is None
    assert parse("9" * 30, today=TODAY).number is None
    assert parse("030 / 123-45 67", today=TODAY).names == ("301234567",)
    assert parse("+49 30 1234567", today=TODAY).names == ("49301234567",)
    assert parse("order 1234567", today=TODAY).names == ("order", "1234567")


def test_what_is_only_left_out_is_no_question() -> None:
    assert Question().is_empty and parse("-x", today=TODAY).is_empty
    assert not parse("has:file", today=TODAY).is_empty


def shown(pieces: list[tuple[str, bool]]) -> str:
    return "".join(f"[{text}]" if hit else text for text, hit in pieces)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Refunds, refunded; a prefund", ["refund"], "[Refunds], [refunded]; a prefund"),
        ("Die Rückerstattung für Müller", ["ruck", "müller"], "Die [Rückerstattung] für [Müller]"),
        ("It arrived,  broken again", ["arrived broken"], "It [arrived,  broken] again"),
        ("我在上周订购的包裹还没有", ["包裹"], "我在上周订购的[包裹]还没有"),
        ("مُحَمَّد here", ["محمد"], "[مُحَمَّد] here"),
        ("<b>bold</b> & co", ["bold"], "<b>[bold]</b> & co"),
        ("vera@shop.test", ["shop.test"], "vera@[shop.test]"),
        ("abcab", ["abc", "abcab"], "[abcab]"),
        ("nothing", [], "nothing"),
        ("", ["x"], ""),
        ("ﬁne ﬂow", ["fine"], "[ﬁne] ﬂow"),
    ],
)
def test_words_are_marked_as_they_are_written(text: str, words: list[str], expected: str) -> None:
    assert shown(marked(text, words)) == expected
    assert "".join(piece for piece, _hit in marked(text, words)) == text


def test_in_names_any_part_is_marked() -> None:
    assert shown(marked("Marianne", ["ann"], anywhere=True)) == "Mari[ann]e"


def test_a_snippet_shows_the_first_hit_of_a_long_text_on_one_line() -> None:
    text = "long before\n\n" * 50 + "the needle is here " + "and after " * 100
    piece = shown(snippet(text, ["needle"]))
    assert piece.startswith("… ") and piece.endswith(" …")
    assert "the [needle] is here and after" in piece
    assert len(piece) < 260 and "\n" not in piece
    assert shown(snippet("short", ["x"])) == "short"
    assert shown(snippet("", ["x"])) == ""
