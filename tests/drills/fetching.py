"""How clients without a cursor find out what they missed: the same requests that existing clients make."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.drills.calls import NO_ANSWER, Caller
from tests.drills.senders import retry_after
from tests.drills.watchers import Fetch, Watcher

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


def as_agent(*, caller: Caller, account_id: int) -> Fetch:
    """The conversation list, newest first, as far back as it shows something new; then those threads."""
    base = f"/api/v1/accounts/{account_id}/conversations"

    async def fetch(watcher: Watcher) -> list[Pair]:
        found: list[Pair] = []
        page = 1
        while True:
            rows = (await get(caller, f"{base}?status=all&page={page}"))["data"]["payload"]
            changed = [row for row in rows if _newest(row) > watcher.last_seen(row["id"])]
            for row in changed:
                found += await _thread(caller, f"{base}/{row['id']}/messages", row["id"], watcher)
            if not changed:
                return sorted(found, key=lambda pair: pair[1])
            page += 1

    return fetch


def _newest(row: dict[str, Any]) -> int:
    message = row.get("last_non_activity_message")
    return int(message["id"]) if message else 0


async def _thread(caller: Caller, path: str, conversation: int, watcher: Watcher) -> list[Pair]:
    found: list[Pair] = []
    after = watcher.last_seen(conversation)
    while True:
        payload = (await get(caller, f"{path}?after={after}"))["payload"]
        newer = [one["id"] for one in payload if one["id"] > after]
        if not newer:
            return found
        found += [(conversation, message_id) for message_id in newer]
        after = max(newer)


def as_contact(*, caller: Caller, path: str, conversation: int) -> Fetch:
    """The public API knows `before` only: back, twenty at a time, to what is known already."""

    async def fetch(watcher: Watcher) -> list[Pair]:
        known, found, before = watcher.last_seen(conversation), set[int](), ""
        while True:
            ids = [one["id"] for one in await get(caller, path + before)]
            found.update(ids)
            if not ids or min(ids) <= known:
                return [(conversation, message_id) for message_id in sorted(found)]
            before = f"?before={min(ids)}"

    return fetch


def as_shopper(*, caller: Caller, website_token: str, conversation: int) -> Fetch:
    async def fetch(watcher: Watcher) -> list[Pair]:
        after, found = watcher.last_seen(conversation), list[Pair]()
        while True:
            path = f"/api/v1/widget/messages?website_token={website_token}&after={after}"
            newer = [one["id"] for one in (await get(caller, path))["payload"] if one["id"] > after]
            if not newer:
                return found
            found += [(conversation, message_id) for message_id in newer]
            after = max(newer)

    return fetch
