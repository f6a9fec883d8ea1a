"""Who is typing: announced to the conversation's agents and, unless private, to its visitor.

Transient: published to the bus and nowhere else. Synchronous, for views as for sockets.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from channels_ext.realtime import groups, packets, shaping
from channels_ext.realtime.packets import Content, Packet
from channels_ext.realtime.publisher import publisher
from channels_ext.realtime.rights import Agent, Owner
from config.database import account_scope
from conversations import shapes
from conversations.models import Conversation
from conversations.queries import rows


@dataclass(frozen=True)
class Found:
    """A conversation that the asking socket may see, and the groups of its agents."""

    id: int
    display_id: int
    account_id: int
    contact_inbox_id: int
    agents: tuple[str, ...]


def find_conversation(*, owner: Owner, display_id: int, allowed: Collection[str]) -> Found | None:
    """By the number people see; None if it is not there or not to be seen by who is in these groups."""
    with account_scope(owner.account_id):
        row = (
            Conversation.objects.for_account(owner.account_id)
            .filter(display_id=display_id)
            .values("id", "inbox_id", "contact_inbox_id", "team_id", "assignee__user_id")
            .first()
        )
    if row is None:
        return None
    payload = {**row, "assignee_id": row["assignee__user_id"]}
    agents = groups.conversation_groups(account_id=owner.account_id, payload=payload)
    mine = agents if isinstance(owner, Agent) else (groups.visitor(row["contact_inbox_id"]),)
    if not any(group in allowed for group in mine):
        return None
    return Found(row["id"], display_id, owner.account_id, row["contact_inbox_id"], agents)


def announce(found: Found, *, owner: Owner, on: bool, private: bool = False) -> None:
    """Tell everybody but the typist. A visitor's typing is never private."""
    if isinstance(owner, Agent):
        announce_typing(
            account_id=found.account_id,
            conversation_id=found.id,
            on=on,
            private=private,
            user_id=owner.user_id,
        )
    else:
        announce_typing(
            account_id=found.account_id,
            conversation_id=found.id,
            on=on,
            contact_inbox_id=owner.contact_inbox_id,
        )


def announce_typing(
    *,
    account_id: int,
    conversation_id: int,
    on: bool,
    private: bool = False,
    user_id: int | None = None,
    contact_inbox_id: int | None = None,
) -> None:
    """For views: the typist is a user of the account, or the visitor of that session."""
    typist = f"user{user_id}" if user_id else f"visitor{contact_inbox_id}"
    with account_scope(account_id):
        known = shaping.load(account_id=account_id, conversation_ids=[conversation_id], message_ids=[])
        row = known.conversations.get(conversation_id)
        if row is None:
            return
        users = shaping.users_by_id(account_id, [user_id])
    content = {
        "name": "conversation.typing_on" if on else "conversation.typing_off",
        "account_id": account_id,
        "display_id": row["display_id"],
        "conversation": known.conversation_push(row),
        "user": users.get(user_id) if user_id else shapes.contact_push(rows.contact_columns(row)),
        "is_private": private and user_id is not None,
        "typist": typist,
    }
    publisher.send((packet.groups, packet.as_message()) for packet in _copies(row, content))


def _copies(row: dict[str, Any], content: Content) -> list[Packet]:
    payload = {"inbox_id": row["inbox_id"], "assignee_id": row["assignee_user_id"], "team_id": row["team_id"]}
    agents = groups.conversation_groups(account_id=content["account_id"], payload=payload)
    copies = [packets.transient(audience=groups.AGENTS, to=agents, content=content)]
    if not content["is_private"]:
        to = (groups.visitor(row["contact_inbox_id"]),)
        copies.append(packets.transient(audience=groups.VISITORS, to=to, content=content))
    return copies
