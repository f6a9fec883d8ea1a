"""How much a page weighs on the way: whole with its list and thread, and each part that script asks for."""

from __future__ import annotations

import gzip
import random
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from config.database import account_scope
from conversations.models import Conversation
from tests import factories
from tests.factories import Cast

KB = 1024
PAGE, FRAGMENT = 30 * KB, 12 * KB
HX = {"HX-Request": "true"}


def zipped(client: Client, path: str, **headers: str) -> int:
    """Bytes as nginx sends them; the text of a page differs by its tokens alone, so one look is enough."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return len(gzip.compress(answer.content, 6))


def prose(chance: random.Random, words: int) -> str:
    """Words of chance letters: they shrink less than any language, so the sizes err on the safe side."""
    lengths = (chance.randint(2, 9) for _ in range(words))
    return " ".join("".join(chance.choices("etaoinshrdlucmfw", k=length)) for length in lengths)


def lived_in(cast: Cast) -> int:
    """Thirty conversations with names, labels and people; the newest has forty messages of both sides, notes and
    files. Its number."""
    chance = random.Random(7)
    team = factories.make_team(cast.account, "Returns", cast.bob)
    for place in range(30):
        talk = factories.make_conversation(cast.inbox, prose(chance, 2).title(), prose(chance, 25))
        with account_scope(cast.account.pk):
            Conversation.objects.filter(pk=talk.pk).update(
                assignee=[cast.bob, cast.alice, None][place % 3],
                team=team if place % 2 else None,
                labels=["returns", "vip", "wholesale"][: place % 4],
                priority=place % 4,
            )
    for place in range(40):
        file = SimpleUploadedFile(f"{prose(chance, 1)}.txt", b"a bill")
        factories.say(
            [cast.bob, cast.alice][place % 2],
            talk.display_id,
            f"{prose(chance, 18)}\n\n- {prose(chance, 6)}\n- {prose(chance, 6)}",
            private=place % 7 == 0,
            **({"files": [file]} if place % 5 == 0 else {}),
        )
    return talk.display_id


def test_pages_and_their_parts_stay_small(cast: Cast, signed_in: Any) -> None:
    number = lived_in(cast)
    alice = signed_in(cast.alice)
    base = f"/app/accounts/{cast.account.pk}"
    thread = f"{base}/conversations/{number}"
    assert zipped(alice, f"{base}/dashboard?tab=all&status=all") <= PAGE
    assert zipped(alice, f"{thread}?tab=all&status=all") <= PAGE
    assert zipped(alice, thread, **HX, **{"HX-Target": "main#pane"}) <= FRAGMENT
    assert zipped(alice, f"{base}/dashboard?tab=all", **HX, **{"HX-Target": "section#list"}) <= FRAGMENT
    assert zipped(alice, f"{base}/dashboard?tab=all", **HX, **{"HX-Target": "li#more"}) <= FRAGMENT
    assert zipped(alice, f"{thread}/messages?before={2**62}", **HX) <= FRAGMENT
