"""Search among a million messages of several accounts, as an agent's page asks: the function's ids and the messages of
them. Beside it the same question as the owner of the tables asks it, plainly and without a policy, in the same run."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg

from accounts.models import Account, Role
from config.database import account_scope, platform_scope
from conversations.queries import search
from conversations.search_terms import parse
from inboxes.queries import Access
from tests.bench import library
from tests.bench.figures import Figure
from tests.bench.ground import Ground

MESSAGES = 1_000_000
RUNS = 21  # of each question and round
_TERMS = (
    "conversations_message_terms(account_id, id, inbox_id, private, sender_user_id, sender_contact_id, "
    "sender_bot_id, content)"
)
# As the owner, without a function or a policy: the index asked for the account's blocks, sorted, limited, joined.
_PLAIN = f"""
SELECT message.*, c.display_id FROM (
    SELECT m.* FROM generate_series(%(newest)s::bigint, %(oldest)s, -1) AS block CROSS JOIN LATERAL (
        SELECT * FROM conversations_message
        WHERE message_type <> 2
          AND {_TERMS} @@ (quote_literal(to_hex(block) || '.' || %(account)s || '.' || %(word)s) || ':*')::tsquery
        ORDER BY id + 0 DESC LIMIT 25) AS m
    LIMIT 25
) AS message JOIN conversations_conversation AS c
  ON c.account_id = message.account_id AND c.id = message.conversation_id
"""
# What a reader of the manual would write first.
_CONTAINS = (
    "SELECT * FROM conversations_message WHERE account_id = %(account)s AND content ILIKE %(like)s "
    "ORDER BY id DESC LIMIT 25"
)


def measure(ground: Ground, effort: Any) -> list[Figure]:
    _make(ground)
    admin, agent = _access(Role.ADMINISTRATOR), _access(Role.AGENT)
    figures = [
        *_both(ground, effort, admin, "a rare word", library.RARE, most=20),
        *_both(ground, effort, admin, "a word in 1 % of the messages", library.COMMON, most=90),
    ]
    for name, who, text, most in _others(admin, agent):
        figures.append(Figure(f"search, {name}", _rounds(effort, partial(_ask, who, text)), "ms", most=most))
    with account_scope(admin.account_id):
        hits = search.message_ids(access=admin, asked=search.Asked(_question(library.FOREIGN)))[0]
    return [*figures, Figure("hits for a word of another account", [len(hits)], most=0)]


def _others(admin: Access, agent: Access) -> Iterator[tuple[str, Access, str, float]]:
    yield "the beginning of a word", admin, library.COMMON[:4], 90
    yield "a Chinese word", admin, library.CHINESE_WORD, 90
    yield "a phrase", admin, f'"{library.PHRASE}"', 90
    yield "two words", admin, f"{library.COMMON} {library.PHRASE.split()[0]}", 90
    yield "a word of another account", admin, library.FOREIGN, 20
    yield "a word in 1 %, an agent with one inbox", agent, library.COMMON, 90
    yield "a rare word, an agent with one inbox", agent, library.RARE, 20
    yield "a word in 1 %, before the last year", admin, f"{library.COMMON} before:1y", 300


def _make(ground: Ground) -> None:
    with platform_scope("the bench looks whether its accounts are there"):
        if Account.objects.filter(pk=library.FIRST).exists():
            return
    started = time.monotonic()
    with ground.owner() as conn:
        library.fill(conn, MESSAGES)
    print(f"{MESSAGES:,} messages to search in made in {time.monotonic() - started:.0f} s", flush=True)


def _access(role: int) -> Access:
    """Of the first account: nobody in particular, an agent with one of its two inboxes."""
    return Access(
        account_id=library.FIRST, account_name="", account_locale="en", membership_id=1, role=role, user_id=1,
        user_name="", user_email="", inbox_ids=(library.BASE + 1,),
    )  # fmt: skip


def _both(ground: Ground, effort: Any, who: Access, name: str, word: str, *, most: float) -> Iterator[Figure]:
    """Interleaved, so that whatever else the machine does hits all of them."""
    ours, plain, contains = [], [], []
    with ground.owner() as conn:
        conn.execute("SET plan_cache_mode = force_generic_plan")
        conn.execute("SET max_parallel_workers_per_gather = 0")
        params = _plain_params(conn, word)
        for _ in range(effort.rounds):
            ours.append(_median(lambda: _ask(who, word)))
            plain.append(_median(lambda: conn.execute(_PLAIN, params, prepare=True).fetchall()))
            contains.append(_median(lambda: conn.execute(_CONTAINS, params).fetchall(), runs=1))
    yield Figure(f"search, {name}", ours, "ms", most=most)
    yield Figure(f"search, {name}: as the owner, plainly", plain, "ms")
    yield Figure(f"search, {name}: as the owner, ILIKE", contains, "ms")


def _plain_params(conn: psycopg.Connection[Any], word: str) -> dict[str, Any]:
    account = library.FIRST
    row = conn.execute(
        "SELECT min(id) >> 16, max(id) >> 16 FROM conversations_message WHERE account_id = %s", [account]
    ).fetchone()
    assert row
    return {"oldest": row[0], "newest": row[1], "account": account, "word": word, "like": f"%{word}%"}


def _rounds(effort: Any, ask: Callable[[], Any]) -> list[float]:
    return [_median(ask) for _ in range(effort.rounds)]


def _median(ask: Callable[[], Any], *, runs: int = RUNS) -> float:
    """Milliseconds."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        ask()
        taken.append(1e3 * (time.perf_counter() - started))
    return sorted(taken)[runs // 2]


def _ask(who: Access, text: str) -> None:
    """What the page asks for a question: names, ids, messages, their conversations."""
    with account_scope(who.account_id):
        asked = search.look_up_names(access=who, question=_question(text))
        search.find_messages(access=who, asked=asked)


def _question(text: str) -> Any:
    return parse(text, today=datetime.datetime.now(datetime.UTC).date())
