"""What a visitor may read: their own newest conversation, without notes and activity."""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from channels_ext.api_inbox.queries import contact_raw
from channels_ext.realtime import presence
from config.rendering import without_nul
from conversations import shapes
from conversations.models import Campaign, ContactInbox, Label
from conversations.queries.json_columns import decoded
from conversations.queries.messages import list_messages
from conversations.shapes import Row, blank_contact
from inboxes.models import Inbox, InboxMember

MOST_FACES = 100
ONLINE = shapes.AVAILABILITIES.index("online")

_LATEST = """
SELECT id, display_id, inbox_id, contact_last_seen_at, status, custom_attributes,
       agent_last_seen_at FROM conversations_conversation
WHERE account_id = %s AND contact_inbox_id = %s ORDER BY id DESC LIMIT 1
"""


def latest_conversation(session: ContactInbox) -> Row | None:
    """{_id, id, inbox_id, contact_last_seen_at, status, _custom_attributes, _agent_last_seen_at} or None."""
    with connection.cursor() as cursor:
        cursor.execute(_LATEST, [session.account_id, session.pk])
        row = cursor.fetchone()
    if row is None:
        return None
    return {
        "_id": row[0],
        "id": row[1],
        "inbox_id": row[2],
        "contact_last_seen_at": shapes.ts(row[3]),
        "status": shapes.CONVERSATION_STATUSES[row[4]],
        "_custom_attributes": decoded(row[5]),
        "_agent_last_seen_at": shapes.ts(row[6]),
    }


def own_contact(session: ContactInbox) -> Row:
    """The visitor as an answer shows them: in full only to whom the site has vouched for."""
    contact = contact_raw(session)
    return contact if session.hmac_verified else blank_contact(contact)


def thread_of(
    session: ContactInbox, *, before: int | None, after: int | None
) -> tuple[list[Row], Row | None]:
    """(messages ascending in the public shape, the conversation)."""
    conversation = latest_conversation(session)
    if conversation is None:
        return [], None
    found = list_messages(
        account_id=session.account_id,
        conversation_id=conversation["_id"],
        before=before,
        after=after,
        limit=20 if after is None else 100,
        public_only=True,
    )
    return [shapes.message_visitor(one) for one in found], conversation


def is_staffed(inbox: Inbox) -> bool:
    """Whether a member of the inbox has a socket open and is not busy."""
    here = presence.online_users(inbox.account_id)
    if not here:
        return False
    members = InboxMember.objects.for_account(inbox.account_id).filter(inbox=inbox)
    return members.filter(membership__user_id__in=here, membership__availability=ONLINE).exists()


def has_label(account_id: int, title: str) -> bool:
    return Label.objects.for_account(account_id).filter(title=without_nul(title)).exists()


def faces(inbox: Inbox) -> list[Row]:
    """[{id, name, avatar_url, availability_status}] of the inbox's members. Who has no socket open is offline."""
    members = InboxMember.objects.for_account(inbox.account_id).filter(inbox=inbox)
    found = members.order_by("id").values_list(
        "membership__user_id",
        "membership__user__name",
        "membership__user__display_name",
        "membership__availability",
        "membership__auto_offline",
    )[:MOST_FACES]
    here = presence.online_users(inbox.account_id)
    return [
        {
            "id": user_id,
            "name": shown or name,
            "avatar_url": "",
            "availability_status": shapes.AVAILABILITIES[availability]
            if user_id in here or not auto_offline
            else "offline",
        }
        for user_id, name, shown, availability, auto_offline in found
    ]


def campaigns_of(inbox: Inbox) -> QuerySet[Campaign]:
    """Those that a page may begin now, with their senders."""
    rows = Campaign.objects.for_account(inbox.account_id).filter(
        inbox=inbox,
        enabled=True,
        campaign_type=Campaign.Type.ONGOING,
        campaign_status=Campaign.Status.ACTIVE,
    )
    return rows.select_related("sender").order_by("display_id")


def campaign_shape(row: Campaign) -> Row:
    """As strangers may know it: its sender has a name, and no address."""
    sender = None
    if row.sender is not None:
        sender = shapes.user_push(
            user_id=row.sender.pk, name=row.sender.available_name, available_name=row.sender.available_name
        )
    return {
        "id": row.display_id,
        "trigger_rules": row.trigger_rules,
        "trigger_only_during_business_hours": row.trigger_only_during_business_hours,
        "message": row.message,
        "sender": sender,
    }
