"""The demo data of an account, and how it goes: all of it and nothing else."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.actions.audit import record_audit
from accounts.actions.members import remove_member
from accounts.models import Account, AgentBot, Membership, Team, User
from accounts.permissions import Asker, require
from config.database import platform_scope
from conversations.models import (
    CannedResponse,
    Contact,
    Conversation,
    ConversationLabel,
    CustomAttributeDefinition,
    Label,
    Message,
)
from inboxes.models import Inbox

# In Account.custom_attributes: the ids of what was made, by kind, and when ("at"); {} once it is gone. Contacts
# carry {"demo": true} in their additional_attributes, and everything of theirs goes with them.
MANIFEST = "demo_data"

_AT_ONCE = 100
_MESSAGES = "DELETE FROM conversations_message WHERE account_id = %s AND conversation_id = ANY(%s)"
_CONTACTS = (
    "DELETE FROM conversations_contact WHERE account_id = %s AND additional_attributes @> '{\"demo\": true}'"
)


def has_demo_data(account: Account) -> bool:
    return bool(account.custom_attributes.get(MANIFEST))


@transaction.atomic
def remove_demo_data(*, access: Asker) -> int:
    """Returns how many conversations went. Of the rest only what nobody uses or has changed since: a label on a real
    conversation, an edited answer, a colleague who was given work, an inbox that people wrote into stay. Inside
    the account's scope. Raises Forbidden."""
    require(access, "account.update")
    account = Account.objects.select_for_update(no_key=True).get(pk=access.account_id)
    made: dict[str, Any] = account.custom_attributes.get(MANIFEST) or {}
    if not made:
        return 0
    conversations = _remove_conversations(access.account_id)
    _remove_furniture(access, made)
    account.custom_attributes[MANIFEST] = {}
    account.save(update_fields=["custom_attributes", "updated_at"])
    record_audit(
        actor=access.actor,
        account_id=access.account_id,
        action="demo_data.removed",
        subject=account,
        changes={"conversations": [conversations, 0]},
    )
    return conversations


def _remove_conversations(account_id: int) -> int:
    contacts = Contact.objects.for_account(account_id).filter(additional_attributes__demo=True)
    conversations = Conversation.objects.for_account(account_id).filter(contact__in=contacts)
    ids = list(conversations.values_list("pk", flat=True))
    # By hand: the database's own keys take along what hangs on it, by indexes that name the account. Messages first:
    # a contact that goes would otherwise first be taken out of each of theirs. Files
    # are let go by a trigger, and the sweep removes them.
    with connection.cursor() as cursor:
        for start in range(0, len(ids), _AT_ONCE):
            cursor.execute(_MESSAGES, [account_id, ids[start : start + _AT_ONCE]])
        cursor.execute(_CONTACTS, [account_id])
    return len(ids)


def _remove_furniture(access: Asker, made: dict[str, Any]) -> None:
    since = datetime.datetime.fromisoformat(made["at"])
    account_id = access.account_id
    used: Any = {
        "label": ConversationLabel.objects.filter(account_id=account_id, title=OuterRef("title")),
        "team": Conversation.objects.for_account(account_id).filter(team_id=OuterRef("pk")),
        "inbox": Conversation.objects.for_account(account_id).filter(inbox_id=OuterRef("pk")),
        "bot": Message.objects.for_account(account_id).filter(sender_bot_id=OuterRef("pk")),
    }
    _unchanged(CannedResponse, account_id, made["canned"], since).delete()
    _unchanged(CustomAttributeDefinition, account_id, made["fields"], since).delete()
    _unchanged(Label, account_id, made["labels"], since).exclude(Exists(used["label"])).delete()
    _unchanged(Team, account_id, made["teams"], since).exclude(Exists(used["team"])).delete()
    _unchanged(Inbox, account_id, made["inboxes"], since).exclude(Exists(used["inbox"])).delete()
    _unchanged(AgentBot, account_id, made["bots"], since).exclude(Exists(used["bot"])).delete()
    _remove_people(access, made["members"])


def _unchanged(model: Any, account_id: int, ids: list[int], since: datetime.datetime) -> QuerySet[Any]:
    rows: QuerySet[Any] = model.objects.for_account(account_id).filter(pk__in=ids, updated_at__lte=since)
    return rows


def _remove_people(access: Asker, ids: list[int]) -> None:
    """Whoever has done or been given something real stays; so does the user of somebody who can sign in."""
    account_id = access.account_id
    members = Membership.objects.for_account(account_id).filter(pk__in=ids).exclude(user_id=access.user_id)
    assigned = Conversation.objects.for_account(account_id).filter(assignee_id=OuterRef("pk"))
    said = Message.objects.for_account(account_id).filter(sender_user_id=OuterRef("user_id"))
    idle = list(members.exclude(Exists(assigned)).exclude(Exists(said)).values_list("pk", "user_id"))
    for membership_id, _user_id in idle:
        remove_member(access=access, membership_id=membership_id)
    with platform_scope("a person of the demo may have been invited elsewhere, and then stays"):
        gone = User.objects.filter(pk__in=[user_id for _membership_id, user_id in idle], memberships=None)
        gone.filter(password__startswith="!", last_login=None).delete()
