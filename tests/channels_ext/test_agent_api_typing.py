"""Typing by the API reaches the agents, and the visitor unless it is private."""

from __future__ import annotations

from typing import Any

import pytest

from channels_ext.realtime import groups, typists
from tests.factories import Cast


@pytest.fixture
def sent(monkeypatch: Any) -> list[tuple[str, ...]]:
    """Groups that something was published to; what carries it there is tested with the sockets."""
    seen: list[tuple[str, ...]] = []

    def note(packets: Any) -> None:
        seen.extend(tuple(names) for names, _message in packets)

    monkeypatch.setattr(typists.publisher, "send", note)
    return seen


def test_typing_goes_to_agents_and_to_the_visitor(
    cast: Cast, api: Any, number: int, sent: list[tuple[str, ...]]
) -> None:
    path = f"/conversations/{number}/toggle_typing_status"
    answer = api(cast.bob).send(path, {"typing_status": "on"})
    assert (answer.status_code, answer.content) == (200, b"")
    agents = (groups.inbox(cast.account.pk, cast.inbox.pk), groups.admins(cast.account.pk))
    assert sent == [agents, (groups.visitor(cast.vera.pk),)]


def test_typing_a_note_is_the_agents_secret(
    cast: Cast, api: Any, number: int, sent: list[tuple[str, ...]]
) -> None:
    path = f"/conversations/{number}/toggle_typing_status"
    api(cast.bob).send(path, {"typing_status": "off", "is_private": True})
    assert len(sent) == 1
    assert groups.visitor(cast.vera.pk) not in sent[0]
    for body in ({}, {"typing_status": "maybe"}, {"typing_status": "on", "is_private": "x"}):
        assert api(cast.bob).send(path, body).status_code == 422
    assert len(sent) == 1
