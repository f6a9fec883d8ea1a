"""What the list and its counts take in an account of half a million, compared with one of a thousand."""

from __future__ import annotations

import time
from typing import Any

from config.database import account_scope
from conversations.queries.lists import ListFilter, count_conversations, list_conversations
from inboxes.queries import access_of_user
from tests.bench.client import percentile
from tests.bench.data import Crowd
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.installation import LARGE, SMALL, crowds

TIMES = 60  # per round and account
# An administrator, and an agent whose inboxes hold a page of conversations in the small account too.
VIEWERS = {"administrator": 1, "agent": 13}
LISTS = {
    "open": (ListFilter(), 1.25),
    "all": (ListFilter(status="all"), 1.25),
    "unassigned": (ListFilter(assignee_type="unassigned"), None),
    "page 2": (ListFilter(page=2), None),
    "oldest first": (ListFilter(sort="last_activity_at_asc"), None),
    "by creation": (ListFilter(sort="created_at_desc"), None),
    "by priority": (ListFilter(sort="priority_desc"), None),
    "waiting longest": (ListFilter(sort="waiting_since_asc"), None),
    "common label": (ListFilter(labels=("common",)), None),
    "rare label": (ListFilter(labels=("rare",)), None),
}


def measure(ground: Ground, effort: Any) -> list[Figure]:
    made = crowds(ground.conversations)
    large, small = made[LARGE - 1], made[SMALL - 1]
    figures = []
    for who, member in VIEWERS.items():
        for name, (filters, most) in LISTS.items():
            ratios, times = _compared(large, small, member, filters, effort.rounds)
            title = f"list and counts, {name}, {who}: {ground.conversations:,} to 1,000"
            figures.append(
                Figure(title, ratios, "x", most=most, note=f"{percentile(times, 0.5) * 1000:.2f} ms")
            )
    return figures


def _compared(
    large: Crowd, small: Crowd, member: int, filters: ListFilter, rounds: int
) -> tuple[list[float], list[float]]:
    """Ratios of medians per round, and the large account's times."""
    ratios: list[float] = []
    all_times: list[float] = []
    for _ in range(rounds):
        times: dict[int, list[float]] = {large.account_id: [], small.account_id: []}
        for _turn in range(TIMES):
            for crowd in (large, small):
                times[crowd.account_id].append(_seconds(crowd, member, filters))
        ratios.append(percentile(times[large.account_id], 0.5) / percentile(times[small.account_id], 0.5))
        all_times += times[large.account_id]
    return ratios, all_times


def _seconds(crowd: Crowd, member: int, filters: ListFilter) -> float:
    with account_scope(crowd.account_id):
        access = access_of_user(account_id=crowd.account_id, user_id=crowd.id_of(member))
        assert access
        started = time.perf_counter()
        count_conversations(access=access, filters=filters)
        list_conversations(access=access, filters=filters)
        return time.perf_counter() - started
