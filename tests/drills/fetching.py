"""How clients without a cursor find out what they missed: the same requests that existing clients make."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.drills.calls import NO_ANSWER, Caller
from tests.drills.senders import retry_after
from tests.drills.watchers import Fetch, Floors

Pair = tuple[int, int]  # (conversation, message id)


async def get(caller: Caller, path: str) -> Any:
    """The JSON of a 2xx, however long it takes."""
    while True:
        try:
            answer = await caller.call("GET", path)
        except NO_ANSWER:
            await asyncio.sleep(0.5)
            continue
        if answer.ok:
            return answer.json()
        await asyncio.sleep(max(0.5, retry_after(answer)))


def as_agent(*, caller: Caller, account_id: int, since: int) -> Fetch:
    """The conversation list, and the threads with a newer last message. In the one order that does not change
    while it is paged through: a conversation that moves up a page meanwhile would be passed over."""
    base = f"/api/v1/accounts/{account_id}/conversations"

    async def fetch(floors: Floors) -> list[Pair]:
        found: list[Pair] = []
        page = 1
        while True:
            query = f"?status=all&sort_by=created_at_asc&page={page}"
            rows = (await get(caller, base + query))["data"]["payload"]
            for row in rows:
                floor = max(since, floors.get(row["id"], 0))
                if _newest(row) > floor:
                    found += await _after(caller, f"{base}/{row['id']}/messages?after=", row["id"], floor)
            if not rows:
                return found
            page += 1

    return fetch


def _newest(row: dict[str, Any]) -> int:
    message = row.get("last_non_activity_message")
    return int(message["id"]) if message else 0


async def _after(caller: Caller, path: str, conversation: int, after: int) -> list[Pair]:
    """A thread from there on. `path` ends where the number has to stand."""
    found: list[Pair] = []
    while True:
        payload = (await get(caller, f"{path}{after}"))["payload"]
        newer = [one["id"] for one in payload if one["id"] > after]
        if not newer:
            return found
        found += [(conversation, message_id) for message_id in newer]
        after = max(newer)


def as_contact(*, caller: Caller, path: str, conversation: int) -> Fetch:
    """The public API knows `before` only: back, twenty at a time, to what is known already."""

    async def fetch(floors: Floors) -> list[Pair]:
        floor, found, before = floors.get(conversation, 0), set[int](), ""
        while True:
            ids = [one["id"] for one in await get(caller, path + before)]
            found.update(ids)
            if not ids or min(ids) <= floor:
                return [(conversation, message_id) for message_id in sorted(found)]
            before = f"?before={min(ids)}"

    return fetch


def as_shopper(*, caller: Caller, path: str, conversation: int) -> Fetch:
    """`path` ends where the number of the newest known message has to stand."""

    async def fetch(floors: Floors) -> list[Pair]:
        return await _after(caller, path, conversation, floors.get(conversation, 0))

    return fetch
