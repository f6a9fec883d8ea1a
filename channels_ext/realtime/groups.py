"""Names of the groups, who may join them, and which event goes to which. Pure: no database, no network.

| group                | joined by                                                                      |
|----------------------|--------------------------------------------------------------------------------|
| a1.inbox2            | agents who are members of the inbox                                            |
| a1.admins            | administrators of the account: every inbox, new ones included                  |
| a1.person3           | everything of the person, /cable included: notifications                       |
| a1.user3             | dashboard of the user: conversations assigned to them                          |
| a1.team4             | dashboards of the team's members                                               |
| a1.all               | every member of the account: changes of contacts, labels, inboxes and teams    |
| a1.conv5             | dashboards that look at the conversation: typing, viewing; never in the outbox |
| visitor6             | the visitor's session (contact inbox); all of a verified contact's sessions    |
| hubs                 | every hub: batch marks and orders to re-authorise                              |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HUBS = "hubs"

# Audiences: the same event may look different to different people.
AGENTS = "a"
VISITORS = "v"  # public, and without anything that only agents may see
FORMER = "f"  # was assigned until now: learns only that the conversation is gone
CONTROL = "c"  # the hubs themselves

_ACTIVITY = 2


@dataclass(frozen=True)
class Route:
    """One copy of an event: for whom, to which groups, and whose members already got a better copy."""

    audience: str
    groups: tuple[str, ...]
    skip: tuple[str, ...] = ()


def everyone(account_id: int) -> str:
    return f"a{account_id}.all"


def admins(account_id: int) -> str:
    return f"a{account_id}.admins"


def inbox(account_id: int, inbox_id: int) -> str:
    return f"a{account_id}.inbox{inbox_id}"


def user(account_id: int, user_id: int) -> str:
    return f"a{account_id}.user{user_id}"


def person(account_id: int, user_id: int) -> str:
    return f"a{account_id}.person{user_id}"


def team(account_id: int, team_id: int) -> str:
    return f"a{account_id}.team{team_id}"


def conversation(account_id: int, conversation_id: int) -> str:
    return f"a{account_id}.conv{conversation_id}"


def visitor(contact_inbox_id: int) -> str:
    return f"visitor{contact_inbox_id}"


def routes(*, account_id: int, name: str, payload: Mapping[str, Any]) -> list[Route]:
    """The copies of one event. Depends on the payload alone, so relay and hub agree without asking."""
    if name == "access.changed":
        return [Route(CONTROL, (HUBS,))]
    if name.startswith("contact.") or name == "account.cache_invalidated":
        return [Route(AGENTS, (everyone(account_id),))]
    if not payload.get("inbox_id"):
        own = payload.get("user_id")
        return [Route(AGENTS, (person(account_id, own),))] if own else []
    agents = conversation_groups(account_id=account_id, payload=payload)
    found = [Route(AGENTS, agents)]
    if visitor_sees(name=name, payload=payload):
        found.append(Route(VISITORS, (visitor(payload["contact_inbox_id"]),)))
    left = _former(account_id=account_id, changes=payload.get("changes") or {})
    return [*found, Route(FORMER, left, skip=agents)] if left else found


def conversation_groups(*, account_id: int, payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Agents who may see the conversation: of its inbox, administrators, its assignee, its team."""
    found = [inbox(account_id, payload["inbox_id"]), admins(account_id)]
    if payload.get("assignee_id"):
        found.append(user(account_id, payload["assignee_id"]))
    if payload.get("team_id"):
        found.append(team(account_id, payload["team_id"]))
    return tuple(found)


def visitor_sees(*, name: str, payload: Mapping[str, Any]) -> bool:
    """Visitors get public messages and the state of their conversation. Private notes and activity never."""
    if not payload.get("contact_inbox_id"):
        return False
    if name.startswith("message."):
        return payload.get("private") is False and payload.get("message_type") not in (None, _ACTIVITY)
    if name == "conversation.read":
        return payload.get("by") == "agent"
    return name in ("conversation.created", "conversation.updated")


def _former(*, account_id: int, changes: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    for field, named in (("assignee_id", user), ("team_id", team)):
        before = (changes.get(field) or [None])[0]
        if before:
            found.append(named(account_id, before))
    return tuple(found)
