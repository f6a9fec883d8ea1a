"""Conversations, their messages, and what they leave behind in outbox and deliveries."""

from __future__ import annotations

from typing import Any

import psycopg

from channels_ext.models import Delivery
from config.models import HandlerRun, OutboxEvent
from conversations.models import (
    Attachment,
    Contact,
    ContactInbox,
    Conversation,
    ConversationLabel,
    ConversationTally,
    Label,
    LabelTally,
    Message,
)
from tests.bench.data import INBOX_OF, LONG_THREAD, MEMBER_OF, MEMBERS, RARE, TEAMS, Crowd, insert, series

# Times run with the numbers, as ids do; activity comes later, mostly soon after.
_LIFE = """(
    SELECT n, born, born + (now() - born) * power(random(), 4) AS moved, random() AS r, random() AS r2,
           random() AS r3, random() AS r4
    FROM (
        SELECT n, now() - interval '400 days' * (1 - n / ({count} + 1.0)) AS born
        FROM generate_series(1::bigint, {count}) AS n
    ) AS births
) AS life"""
_STATUS = "CASE WHEN r < 0.2 THEN 0 WHEN r < 0.25 THEN 2 WHEN r < 0.3 THEN 3 ELSE 1 END"


def conversations(conn: psycopg.Connection[Any], crowd: Crowd) -> None:
    base, account, count = crowd.base, str(crowd.account_id), crowd.conversations
    ids = {"id": f"{base} + n", "account_id": account}
    insert(
        conn, Contact, series(count), **ids, name="'Customer ' || n", email="'customer' || n || '@example.test'",
        additional_attributes="""'{"city": "Leipzig", "country": "DE"}'""",
    )  # fmt: skip
    inbox = f"{base} + {INBOX_OF}"
    insert(
        conn, ContactInbox, series(count), **ids, contact_id=f"{base} + n", inbox_id=inbox,
        source_id=f"'session-' || ({base} + n)", pubsub_token=f"'c' || ({base} + n)",
    )  # fmt: skip
    rare = max(1, count // RARE)
    last = f"{base} + 2 * n"
    if crowd.long_thread:
        last = f"CASE WHEN n = 1 THEN {base + LONG_THREAD + crowd.long_thread} ELSE {last} END"
    common = "CASE WHEN n / 20 % 5 = 0 THEN 'common' END"
    insert(
        conn, Conversation, _LIFE.format(count=count), **ids, display_id="n", uuid="gen_random_uuid()", inbox_id=inbox,
        contact_id=f"{base} + n", contact_inbox_id=f"{base} + n", status=_STATUS,
        priority="CASE WHEN r2 < 0.15 THEN floor(r2 / 0.15 * 4) END",
        assignee_id=f"CASE WHEN r3 < 0.6 THEN {base} + {MEMBER_OF} END",
        team_id=f"CASE WHEN r4 < 0.3 THEN {base} + 1 + ({MEMBER_OF}) % {TEAMS} END",
        labels=f"array_remove(ARRAY[{common}, CASE WHEN n % {rare} = 7 % {rare} THEN 'rare' END], NULL)",
        waiting_since="CASE WHEN r < 0.1 THEN moved END", first_reply_created_at="moved",
        snoozed_until=f"CASE WHEN {_STATUS} = 3 THEN now() + interval '1 day' * (1 + r2 * 30) END",
        created_at="born", updated_at="moved", last_activity_at="moved",
        unread_count="CASE WHEN r < 0.1 THEN 1 ELSE 0 END", last_message_id=last, last_non_activity_message_id=last,
        last_public_message_id=last,
    )  # fmt: skip
    mine = f"conversations_conversation WHERE account_id = {account}"
    keys = ("account_id", "inbox_id", "team_id", "assignee_id", "status")
    insert(
        conn,
        ConversationTally,
        f"{mine} GROUP BY {', '.join(keys)}",
        **{key: key for key in keys},
        delta="count(*)",
    )
    labelled = mine.replace(" WHERE", ", unnest(labels) AS t(title) WHERE")
    insert(
        conn, LabelTally, f"{labelled} GROUP BY title, {', '.join(keys)}", **{key: key for key in keys},
        title="title", delta="count(*)",
    )  # fmt: skip
    insert(
        conn, ConversationLabel, f"(SELECT id, unnest(labels) AS title FROM {mine}) AS labelled",
        account_id=account, conversation_id="id", title="title",
    )  # fmt: skip
    insert(conn, Label, "(VALUES ('common'), ('rare')) AS t(title)", account_id=account, title="title")


def messages(conn: psycopg.Connection[Any], crowd: Crowd) -> None:
    """A question and an answer in each conversation; many more in the first."""
    base, account = crowd.base, str(crowd.account_id)
    words = "'Where is my parcel? I ordered on Monday and the page says nothing. Number ' || n"
    where = f"(SELECT *, display_id AS n FROM conversations_conversation WHERE account_id = {account}) AS c"
    common = {"account_id": account, "content": words, "conversation_id": "id", "inbox_id": "inbox_id"}
    insert(
        conn, Message, where, **common, id=f"{base} + 2 * n - 1", message_type="0", sender_contact_id="contact_id",
        created_at="created_at",
    )  # fmt: skip
    insert(
        conn, Message, where, **common, id=f"{base} + 2 * n", message_type="1",
        sender_user_id=f"{base} + 1 + n % {MEMBERS}", created_at="last_activity_at",
    )  # fmt: skip
    insert(
        conn, Attachment, f"{where} WHERE n % 20 = 3", id=f"{base} + n", account_id=account, file_size="9",
        message_id=f"{base} + 2 * n", file="'bench/bill.pdf'", file_name="'bill.pdf'", extension="'pdf'",
        content_type="'application/pdf'",
    )  # fmt: skip
    if crowd.long_thread:
        common["conversation_id"], common["inbox_id"] = str(crowd.id_of(1)), str(crowd.id_of(1))
        insert(
            conn, Message, series(crowd.long_thread), **common, id=f"{base + LONG_THREAD} + n", message_type="1",
            sender_user_id=f"{base} + 1 + n % {MEMBERS}", created_at="now()",
        )  # fmt: skip


def outbox(conn: psycopg.Connection[Any], account_ids: list[int], *, most: int = 200_000) -> None:
    """The newest messages of all accounts as stamped events, in the order in which they were written."""
    accounts = f"({', '.join(map(str, account_ids))})"
    newest = f"""(
        SELECT row_number() OVER (ORDER BY created_at, id) AS place, * FROM (
            SELECT * FROM conversations_message WHERE account_id IN {accounts} ORDER BY created_at DESC LIMIT {most}
        ) AS newest
    ) AS m"""
    payload = """jsonb_build_object('conversation_id', conversation_id, 'inbox_id', inbox_id, 'message_id', id,
        'contact_id', conversation_id, 'contact_inbox_id', conversation_id, 'display_id', conversation_id % 10000000,
        'private', false, 'message_type', message_type, 'actor', null, 'cause', null)"""
    head = "(SELECT coalesce(max(last_seq), 0) FROM config_relaystate)"
    insert(
        conn, OutboxEvent, newest, seq=f"{head} + place", account_id="account_id", name="'message.created'",
        payload=payload, created_at="created_at",
    )  # fmt: skip
    conn.execute(
        "INSERT INTO config_relaystate (id, last_seq) SELECT 1, max(seq) FROM config_outboxevent "
        "ON CONFLICT (id) DO UPDATE SET last_seq = excluded.last_seq"
    )
    events = (
        f"(SELECT * FROM config_outboxevent WHERE account_id IN {accounts} ORDER BY id DESC LIMIT 2000) AS e"
    )
    insert(
        conn, HandlerRun, events, event_id="id", account_id="account_id", handler="'bench.nobody'", state="'backoff'",
        order_key="account_id || ':' || id", due_at="now() + interval '1 hour' * (id % 100 - 2)",
    )  # fmt: skip
    events = events.replace("LIMIT 2000)", "LIMIT 20000)")
    insert(
        conn, Delivery, events,
        account_id="account_id", conversation_id="(payload->>'conversation_id')::bigint",
        inbox_id="(payload->>'inbox_id')::bigint", key="'evt_' || id", event_name="'message_created'",
        url="'https://hooks.test/'", body="'{}'", state="CASE WHEN id % 100 = 0 THEN 'queued' ELSE 'accepted' END",
        due_at="now() - interval '1 second' * (id % 1000)",
    )  # fmt: skip
