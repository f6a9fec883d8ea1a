"""Named reads about who is in an inbox, which bot answers there, and what the account listens to."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q

from accounts import shapes
from accounts.models import Role
from accounts.queries.members import agents, members
from config.problems import NotFound, found
from inboxes.models import BotInbox, Inbox, InboxMember, Webhook
from inboxes.queries.access import Access, visible_inboxes


def find_inbox(access: Access, inbox_id: int) -> Inbox:
    """One that the asker may see. Raises NotFound."""
    return found(visible_inboxes(access).filter(pk=inbox_id).first())


def inbox_agents(access: Access, inbox_id: int) -> list[shapes.Row]:
    """AGENT of its members. Raises NotFound."""
    row = find_inbox(access, inbox_id)
    in_inbox = InboxMember.objects.for_account(access.account_id).filter(inbox=row).values("membership_id")
    return agents(access.account_id, members(access.account_id).filter(pk__in=in_inbox))


def assignable_agents(access: Access, inbox_ids: Iterable[int]) -> list[shapes.Row]:
    """AGENT of the administrators and of who is in all of these inboxes. Raises NotFound for one that the asker
    may not see."""
    wanted = set(inbox_ids)
    if visible_inboxes(access).filter(pk__in=wanted).count() != len(wanted):
        raise NotFound()
    in_all = (
        InboxMember.objects.for_account(access.account_id)
        .filter(inbox_id__in=wanted)
        .values("membership_id")
        .annotate(inboxes=Count("inbox_id"))
        .filter(inboxes=len(wanted))
        .values("membership_id")
    )
    able = Q(role=Role.ADMINISTRATOR) | Q(pk__in=in_all)
    return agents(access.account_id, members(access.account_id).filter(able))


def inbox_bot(access: Access, inbox_id: int) -> shapes.Row | None:
    """AGENT_BOT without its token, or None. Raises NotFound."""
    inbox = find_inbox(access, inbox_id)
    rows = BotInbox.objects.for_account(access.account_id).select_related("agent_bot", "system_bot")
    row = rows.filter(inbox=inbox).first()
    bot = (row.agent_bot or row.system_bot) if row else None
    return shapes.bot(bot) if bot else None


def webhooks(access: Access) -> list[shapes.Row]:
    rows = Webhook.objects.for_account(access.account_id).select_related("inbox").order_by("id")
    return [webhook_shape(row) for row in rows]


def webhook_shape(row: Webhook) -> shapes.Row:
    shape: shapes.Row = {
        "id": row.pk,
        "name": row.name or None,
        "url": row.url,
        "account_id": row.account_id,
        "subscriptions": row.subscriptions,
    }
    if row.inbox is not None:
        shape["inbox"] = {"id": row.inbox.pk, "name": row.inbox.name}
    return shape
