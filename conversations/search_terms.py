"""What somebody typed into the search field, taken apart. Pure: no database, and no input that it refuses.

    refund "not delivered" -test from:bob in:"Shop API" after:2026-01 before:2026-03-15 has:file

Words are found at the beginning of words, phrases as they stand, whatever has a minus is left out. What looks like an
operator and is none is a word; an operator that makes no sense is left out, and a hint says why.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

LONGEST = 500
MOST_WORDS = 20
HAS = {
    "file": "file", "files": "file", "attachment": "file", "attachments": "file",
    "image": "image", "images": "image", "photo": "image", "picture": "image",
    "link": "link", "links": "link", "url": "link",
    "note": "note", "notes": "note",
}  # fmt: skip
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
_TOKEN = re.compile(r'(?P<minus>-?)(?:(?P<key>[a-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]*))', re.I)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_AGO = re.compile(r"(\d{1,4})([dwmy])", re.I)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_PHONE = re.compile(r"[+(]?[\d\s()./+-]{5,}")


@dataclass(frozen=True)
class Question:
    """`before` is the first day that is not meant, `after` the first that is. `senders` and `inboxes` are names as
    typed. `hints` are sentences about what was left out."""

    text: str = ""
    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    inboxes: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    after: datetime.date | None = None
    before: datetime.date | None = None
    hints: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing that could be looked for; what is to be left out is not yet that."""
        return not (self.words or self.phrases or self.is_about_messages)

    @property
    def is_about_messages(self) -> bool:
        """It asks for what only messages have."""
        return bool(self.senders or self.inboxes or self.has or self.after or self.before)

    @property
    def names(self) -> tuple[str, ...]:
        """What a contact has to be called, or to have in their address or number. A number may be typed in any of
        its forms: what counts is its digits, without the 0 that stands for the country."""
        said = " ".join((*self.words, *self.phrases))
        if _PHONE.fullmatch(said):
            return (re.sub(r"\D", "", said).lstrip("0"),)
        return (*self.words, *self.phrases)

    @property
    def number(self) -> int | None:
        """The conversation's number, if that is all there is: "#42" or "42"."""
        only = self.words[0].removeprefix("#") if len(self.words) == 1 and not self.phrases else ""
        return int(only) if only.isascii() and only.isdigit() and len(only) < 18 else None


@dataclass
class _Draft:
    words: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    inboxes: list[str] = field(default_factory=list)
    has: list[str] = field(default_factory=list)
    days: dict[str, datetime.date] = field(default_factory=dict)
    hints: list[str] = field(default_factory=list)


def parse(text: str, *, today: datetime.date) -> Question:
    """`today` is what "yesterday" and "7d" are counted from."""
    clean = "".join(" " if ord(one) < 32 or ord(one) == 127 else one for one in text).strip()
    draft = _Draft()
    if len(clean) > LONGEST:
        draft.hints.append(_("Only the first %(most)d characters were searched for.") % {"most": LONGEST})
    for match in _TOKEN.finditer(clean[:LONGEST].translate(_QUOTES)):
        if match[0]:
            _take(draft, match, today)
    if len(draft.words) + len(draft.phrases) > MOST_WORDS:
        draft.hints.append(_("Only the first %(most)d words were searched for.") % {"most": MOST_WORDS})
    return Question(
        text=clean[:LONGEST],
        words=tuple(draft.words[:MOST_WORDS]),
        phrases=tuple(draft.phrases[: MOST_WORDS - len(draft.words[:MOST_WORDS])]),
        without=tuple(draft.without[:MOST_WORDS]),
        senders=tuple(draft.senders[:5]),
        inboxes=tuple(draft.inboxes[:5]),
        has=tuple(dict.fromkeys(draft.has)),
        after=draft.days.get("after"),
        before=draft.days.get("before"),
        hints=tuple(dict.fromkeys(draft.hints)),
    )


def _take(draft: _Draft, match: re.Match[str], today: datetime.date) -> None:
    key, quoted, plain = (match["key"] or "").lower(), match["quoted"], match["plain"]
    value = (quoted if quoted is not None else plain).strip()
    if key not in _OPERATORS:
        # Not one of ours ("https://…", "12:30", "re:"): all of it is what is looked for.
        value = f"{match['key']}:{value}" if key else value
        target = draft.without if match["minus"] else draft.words if quoted is None else draft.phrases
        if any(one.isalnum() or unicodedata.category(one) == "So" for one in value):  # So: 🎉
            target.append(value)
    elif match["minus"]:
        draft.hints.append(_("“-%(key)s:” is not possible: only words can be left out.") % {"key": key})
    elif not value:
        draft.hints.append(_("“%(key)s:” needs something after the colon, without a space.") % {"key": key})
    else:
        _OPERATORS[key](draft, key, value, today)


def _take_name(draft: _Draft, key: str, value: str, _today: datetime.date) -> None:
    (draft.senders if key == "from" else draft.inboxes).append(value)


def _take_kind(draft: _Draft, _key: str, value: str, _today: datetime.date) -> None:
    kind = HAS.get(value.lower())
    if kind:
        draft.has.append(kind)
    else:
        draft.hints.append(_("“has:%(value)s” is not known: file, image, link or note.") % {"value": value})


def _take_day(draft: _Draft, key: str, value: str, today: datetime.date) -> None:
    day = day_of(value, today=today)
    if day:
        draft.days[key] = day
    else:
        words = {"key": key, "value": value}
        draft.hints.append(
            _("“%(key)s:%(value)s” is no day: 2026-03-15, 2026-03, 2026, yesterday or 7d.") % words
        )


_OPERATORS = {
    "from": _take_name,
    "in": _take_name,
    "has": _take_kind,
    "before": _take_day,
    "after": _take_day,
}


def day_of(value: str, *, today: datetime.date) -> datetime.date | None:
    """The first day of what is meant: 2026, 2026-03, 2026-03-15, today, yesterday, 7d, 2w, 3m, 1y (ago)."""
    named = {"today": 0, "yesterday": 1}.get(value.lower())
    ago = _AGO.fullmatch(value)
    try:
        if named is not None:
            return today - datetime.timedelta(days=named)
        if ago:
            return today - datetime.timedelta(days=int(ago[1]) * _DAYS[ago[2].lower()])
        match = _DAY.fullmatch(value)
        return datetime.date(*(int(part or 1) for part in match.groups())) if match else None
    except (ValueError, OverflowError):
        return None
