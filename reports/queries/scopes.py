"""What a report is about: the account, or one agent, inbox, label or team of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import Membership, Team
from config.problems import Invalid, NotFound, found
from conversations.models import Conversation, ConversationLabel, Label, Message
from inboxes.models import Inbox
from reports.models import ReportingEvent

KINDS = ("account", "agent", "inbox", "label", "team")


@dataclass(frozen=True)
class Scope:
    """`key`: the user, inbox or team's id, the label's title; None for the account."""

    account_id: int
    kind: str = "account"
    key: Any = None

    def conversations(self) -> QuerySet[Conversation]:
        rows = Conversation.objects.for_account(self.account_id)
        if self.kind == "label":
            return rows.filter(_labelled(self.account_id, self.key, "pk"))
        return rows.filter(**self._match("assignee__user_id", "inbox_id", "team_id"))

    def messages(self) -> QuerySet[Message]:
        """An agent's are those they wrote."""
        rows = Message.objects.for_account(self.account_id).filter(private=False)
        if self.kind == "label":
            return rows.filter(_labelled(self.account_id, self.key, "conversation_id"))
        return rows.filter(**self._match("sender_user_id", "inbox_id", "conversation__team_id"))

    def intervals(self) -> QuerySet[ReportingEvent]:
        rows = ReportingEvent.objects.for_account(self.account_id)
        if self.kind == "label":
            return rows.filter(_labelled(self.account_id, self.key, "conversation_id"))
        return rows.filter(**self._match("user_id", "inbox_id", "conversation__team_id"))

    def _match(self, agent: str, inbox: str, team: str) -> dict[str, Any]:
        column = {"agent": agent, "inbox": inbox, "team": team}.get(self.kind)
        return {column: self.key} if column else {}


def _labelled(account_id: int, title: str, conversation: str) -> Q:
    rows = ConversationLabel.objects.filter(
        account_id=account_id, title=title, conversation_id=OuterRef(conversation)
    )
    return Q(Exists(rows))


def find_scope(*, account_id: int, kind: str, key: str) -> Scope:
    """Raises Invalid for an unknown kind, NotFound for what is not in this account."""
    if kind not in KINDS:
        raise Invalid(_("type must be one of: %s") % ", ".join(KINDS), attributes=["type"])
    if kind == "account":
        return Scope(account_id)
    if not key.isascii() or not key.isdigit() or len(key) > 18:
        raise NotFound()
    return Scope(account_id, kind, found(_find(account_id, kind, int(key))))


def _find(account_id: int, kind: str, key: int) -> Any:
    if kind == "agent":
        rows: QuerySet[Any] = Membership.objects.for_account(account_id).filter(user_id=key)
        return rows.values_list("user_id", flat=True).first()
    if kind == "label":
        return Label.objects.for_account(account_id).filter(pk=key).values_list("title", flat=True).first()
    model: Any = Inbox if kind == "inbox" else Team
    return model.objects.for_account(account_id).filter(pk=key).values_list("pk", flat=True).first()
