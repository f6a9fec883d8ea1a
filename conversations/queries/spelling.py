"""What somebody may have meant whose search found nothing: near words from what they may see. Costs a few statements,
and is asked only then."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from conversations.queries.messages import messages_by_id
from conversations.queries.search import Asked, contact_ids, contacts_by_id, message_ids
from conversations.search_marks import folded
from conversations.search_terms import Question
from inboxes.queries import Access

SHORTEST, HEAD = 5, 3  # letters of a word, and how many at its beginning are taken as right
_LOOKED_AT = 60
_CLOSE = 0.72
_WORD = re.compile(r"\w+")


def near_spelling(*, access: Access, question: Question) -> str | None:
    """The words with those replaced that are close to one that exists; None if none is."""
    better = [_near(access, word) for word in question.words[:3]]
    if not any(better):
        return None
    said = [new or old for new, old in zip(better, question.words, strict=False)]
    return " ".join([*said, *question.words[3:], *(f'"{phrase}"' for phrase in question.phrases)])


def _near(access: Access, word: str) -> str | None:
    plain = folded(word)[0].strip()
    if len(plain) < SHORTEST or not plain.isalpha() or not plain.isascii():
        return None
    known = {one for one in _words_like(access, plain[:HEAD]) if abs(len(one) - len(plain)) <= 3}
    close = difflib.get_close_matches(plain, known - {plain}, n=1, cutoff=_CLOSE)
    return close[0] if close and not close[0].startswith(plain) else None


def _words_like(access: Access, head: str) -> Iterator[str]:
    """Words that begin so, of the newest messages with one and of contacts' names."""
    asked = Asked(Question(words=(head,)))
    ids, _reached = message_ids(access=access, asked=asked, most=_LOOKED_AT)
    for message in messages_by_id(account_id=access.account_id, ids=ids).values():
        yield from _beginning(message["content"] or "", head)
    named = contact_ids(access=access, names=(head,), most=_LOOKED_AT)
    for contact in contacts_by_id(access=access, ids=named):
        yield from _beginning(contact.name, head)


def _beginning(text: str, head: str) -> list[str]:
    return [word for word in _WORD.findall(folded(text[:2000])[0]) if word.startswith(head)]
