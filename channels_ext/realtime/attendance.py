"""Presence as one hub sees it: many sockets say that they are here, few statements tell it on."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from typing import Any

from channels_ext.realtime import presence
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.rights import Agent, Owner

FRESH_SECONDS = 2.0

mark_all = in_thread(presence.mark_all)
snapshot = in_thread(presence.snapshot)

Marks = dict[int, set[int]]  # account id → ids


class Attendance:
    def __init__(self) -> None:
        self._users: defaultdict[int, set[int]] = defaultdict(set)
        self._contacts: defaultdict[int, set[int]] = defaultdict(set)
        self._told: dict[tuple[int, bool], tuple[float, dict[str, Any]]] = {}
        self._asking = asyncio.Lock()

    def mark(self, owner: Owner) -> None:
        if isinstance(owner, Agent):
            self._users[owner.account_id].add(owner.user_id)
        else:
            self._contacts[owner.account_id].add(owner.contact_id)

    async def write(self) -> None:
        """Store who is here. Every second, and before somebody is told."""
        if self._users or self._contacts:
            users, contacts = dict(self._users), dict(self._contacts)
            self._users.clear()
            self._contacts.clear()
            await mark_all(users, contacts)

    async def told_to(self, owner: Owner) -> dict[str, Any]:
        """`data` of presence.update for this one, at most two seconds old, and never without themselves."""
        key = (owner.account_id, isinstance(owner, Agent))
        async with self._asking:
            told_at, data = self._told.get(key, (0.0, {}))
            if time.monotonic() - told_at > FRESH_SECONDS or not _knows(data, owner):
                await self.write()
                data = await snapshot(owner.account_id, for_agents=key[1])
                self._told[key] = (time.monotonic(), data)
        return data

    def forget(self) -> None:
        """Drop what is no longer fresh."""
        oldest = time.monotonic() - FRESH_SECONDS
        self._told = {key: value for key, value in self._told.items() if value[0] >= oldest}


def _knows(data: dict[str, Any], owner: Owner) -> bool:
    return not isinstance(owner, Agent) or str(owner.user_id) in data.get("users", {})
