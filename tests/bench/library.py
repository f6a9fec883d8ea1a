"""A million messages to search in: several accounts whose messages lie mixed, in words as frequent as those of a
language. The index is built once they are there, as the migration builds it."""

from __future__ import annotations

import random
from importlib import import_module
from typing import Any

import psycopg

from accounts.models import Account
from conversations.models import Contact, ContactInbox, Conversation, Message
from inboxes.models import Inbox
from tests.bench.data import BLOCK, insert, series

# Whose every ten messages are: the first account has half of all.
OWNERS = [0, 0, 0, 0, 0, 1, 1, 2, 3, 4]
FIRST = 900_001
BASE = FIRST * BLOCK  # ids begin here
TALK = 500  # messages of all accounts while one conversation of each lasts
SYLLABLES = [a + b for a in "bdfghklmnprstvz" for b in "aeiou"]
WORDS, FRAGMENTS = 30_000, 20_000

RARE, COMMON, FOREIGN, PHRASE = "zyzzyva", "warranty", "xanadu", "arrived broken again"
CHINESE, CHINESE_WORD = "您好，我在上周订购的包裹还没有收到", "包裹"
# One of fifty thousand, one of a hundred …; FOREIGN is said in the last account only.
_SAID = f"""concat_ws(' ', one.text,
    CASE WHEN n % 50000 = 7001 THEN '{RARE}' END, CASE WHEN n / 10 % 100 = 3 THEN '{COMMON}' END, two.text,
    CASE WHEN n / 10 % 1000 = 4 THEN '{PHRASE}' END, CASE WHEN n / 10 % 1000 = 5 THEN '{CHINESE}' END, three.text,
    CASE WHEN n % 10 = 9 AND n / 10 % 20 = 6 THEN '{FOREIGN}' END)"""


def account_of(owner: int) -> int:
    return FIRST + owner


def fill(conn: psycopg.Connection[Any], messages: int) -> None:
    """As the owner. `conn` commits by itself."""
    index = import_module("conversations.migrations.0007_search_index")
    conn.execute(index.NO_INDEX)
    conn.execute("ALTER TABLE conversations_conversation DISABLE TRIGGER USER")
    for owner in sorted(set(OWNERS)):
        _people(conn, owner, messages // TALK)
    conn.execute("ALTER TABLE conversations_conversation ENABLE TRIGGER USER")
    _fragments(conn)
    _messages(conn, messages)
    conn.execute(index.INDEX)
    conn.execute("VACUUM ANALYZE")


def _people(conn: psycopg.Connection[Any], owner: int, talks: int) -> None:
    account, base = str(account_of(owner)), BASE + owner * BLOCK
    ids = {"id": f"{base} + n", "account_id": account}
    insert(conn, Account, "(SELECT 1) AS one", id=account, name=f"'Library {owner}'")
    insert(conn, Inbox, series(2), **ids, name="'Inbox ' || n", kind="'api'")
    of = {"contact_id": f"{base} + n", "inbox_id": f"{base} + 1 + n % 2"}
    insert(
        conn,
        Contact,
        series(talks),
        **ids,
        name="'Customer ' || n",
        email="'customer' || n || '@example.test'",
    )
    insert(
        conn, ContactInbox, series(talks), **ids, **of, source_id=f"'library-' || ({base} + n)",
        pubsub_token=f"'l' || ({base} + n)",
    )  # fmt: skip
    insert(
        conn, Conversation, series(talks), **ids, **of, display_id="n", uuid="gen_random_uuid()",
        contact_inbox_id=f"{base} + n",
    )  # fmt: skip


def _fragments(conn: psycopg.Connection[Any]) -> None:
    """Ten words each, the k-th most frequent word of a language about 1/k as often as the first."""
    chance = random.Random(20261120)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 4))) for _ in range(WORDS)]
    conn.execute("CREATE TEMPORARY TABLE fragment (k bigint PRIMARY KEY, text text)")
    with conn.cursor() as cursor, cursor.copy("COPY fragment FROM STDIN") as copy:
        for k in range(FRAGMENTS):
            picked = [words[int(WORDS ** chance.random()) - 1] for _ in range(10)]
            copy.write_row((k, " ".join(picked)))


def _messages(conn: psycopg.Connection[Any], count: int) -> None:
    owner = f"(ARRAY{OWNERS})[1 + n % 10]"
    talk = f"{BASE} + owner * {BLOCK} + 1 + (n - 1) / {TALK}"
    numbers = f"""(SELECT n, {owner} AS owner FROM generate_series(1::bigint, {count}) AS n) AS numbers
        JOIN fragment AS one ON one.k = n * 7919 % {FRAGMENTS}
        JOIN fragment AS two ON two.k = n * 6007 % {FRAGMENTS}
        JOIN fragment AS three ON three.k = n / 3 % {FRAGMENTS}"""
    insert(
        conn, Message, f"{numbers} ORDER BY n", id=f"{BASE} + n", account_id=f"{FIRST} + owner",
        conversation_id=talk, inbox_id=f"{BASE} + owner * {BLOCK} + 1 + (1 + (n - 1) / {TALK}) % 2",
        content=_SAID, message_type="n / 10 % 2",
        created_at=f"now() - interval '400 days' * (1 - n / {count}.0)",
    )  # fmt: skip
