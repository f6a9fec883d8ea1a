"""The API's list and filter at a hundred thousand conversations in one account of twenty, compared with the same at a
thousand: how many statements, with which plans, and how much longer. Exact counts are part of what the API answers.

`python -m tests.bench filter --conversations 100000`
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.database import account_scope
from conversations.queries.attribute_filters import compiled
from conversations.queries.finder import Finder, count_found, find_conversations, page_filter
from conversations.queries.lists import ListFilter, count_conversations, list_conversations
from inboxes.queries import Access
from tests.bench.client import percentile
from tests.bench.data import Crowd
from tests.bench.explain import asked_by, plan_of
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.hot import AGENT, access_of
from tests.bench.installation import LARGE, SMALL, crowds

TIMES = 40  # per round and account
MOST = 1.5

Call = Callable[[], Any]


def measure(ground: Ground, effort: Any) -> list[Figure]:
    made = crowds(ground.conversations)
    large, small = made[LARGE - 1], made[SMALL - 1]
    figures: list[Figure] = []
    flaws: set[str] = set()
    for who, member in (("administrator", 1), ("agent", AGENT)):
        pairs = zip(_calls(large, member), _calls(small, member), strict=True)
        for (name, in_large), (_name, in_small) in pairs:
            title = f"{name}, {who}"
            figures += _compared(title, ground.conversations, (large, in_large), (small, in_small), effort)
            for asked in asked_by(title, large.account_id, in_large):
                flaws |= set(plan_of(asked, large.account_id).flaws)
    print("\n".join(sorted(flaws)))
    return [*figures, Figure("whole tables read or gathered by these", [len(flaws)], most=0)]


def _calls(crowd: Crowd, member: int) -> Iterator[tuple[str, Call]]:
    access = access_of(crowd, member)
    for status in ("open", "all"):
        wanted = ListFilter(status=status)
        yield f"list and counts, {status}", partial(_listed, access, wanted)
    for name, rows in _filters(crowd):
        yield f"filter, page: {name}", partial(_page, access, rows)
        yield f"filter, page and exact counts: {name}", partial(_filtered, access, rows)


def _filters(crowd: Crowd) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    yield "status is open", [_row("status", "equal_to", "open")]
    yield "assigned to one agent", [_row("assignee_id", "equal_to", crowd.id_of(AGENT))]
    yield "rare label", [_row("labels", "equal_to", "rare")]
    yield "by its number", [_row("display_id", "equal_to", 77)]
    both = [_row("status", "equal_to", "open", "and"), _row("inbox_id", "equal_to", crowd.id_of(9))]
    yield "open in one inbox", both


def _row(key: str, operator: str, value: Any, then: str | None = None) -> dict[str, Any]:
    return {"attribute_key": key, "filter_operator": operator, "values": [value], "query_operator": then}


def _listed(access: Access, wanted: ListFilter) -> None:
    count_conversations(access=access, filters=wanted)
    list_conversations(access=access, filters=wanted)


def _finder(access: Access, rows: list[dict[str, Any]]) -> Finder:
    where = compiled(account_id=access.account_id, rows=rows, model="conversation")
    return Finder(base=page_filter(1), where=where)


def _page(access: Access, rows: list[dict[str, Any]]) -> None:
    find_conversations(access=access, wanted=_finder(access, rows))


def _filtered(access: Access, rows: list[dict[str, Any]]) -> None:
    wanted = _finder(access, rows)
    count_found(access=access, wanted=wanted)
    find_conversations(access=access, wanted=wanted)


def _compared(
    title: str, size: int, large: tuple[Crowd, Call], small: tuple[Crowd, Call], effort: Any
) -> list[Figure]:
    asked = {_statements(*side) for side in (large, small)}
    ratios: list[float] = []
    times: list[float] = []
    for _round in range(effort.rounds):
        taken: tuple[list[float], list[float]] = ([], [])
        for _turn in range(TIMES):
            for kept, side in zip(taken, (large, small), strict=True):
                kept.append(_seconds(*side))
        ratios.append(percentile(taken[0], 0.5) / percentile(taken[1], 0.5))
        times += taken[0]
    note = f"{percentile(times, 0.5) * 1000:.2f} ms, {'/'.join(map(str, sorted(asked)))} statements"
    return [Figure(f"{title}: {size:,} to 1,000", ratios, "x", most=MOST, note=note)]


def _statements(crowd: Crowd, call: Call) -> int:
    with account_scope(crowd.account_id), CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def _seconds(crowd: Crowd, call: Call) -> float:
    with account_scope(crowd.account_id):
        started = time.perf_counter()
        call()
        return time.perf_counter() - started
