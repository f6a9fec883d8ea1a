"""What can happen to conversations and contacts. Ids and plain values; names as clients know them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from config.events import Event


@dataclass(frozen=True, kw_only=True)
class ConversationEvent(Event):
    """Carries enough to route it without a query: who may see it, and in which kind of inbox it is."""

    conversation_id: int
    display_id: int
    inbox_id: int
    inbox_kind: str
    contact_id: int
    contact_inbox_id: int
    assignee_id: int | None  # a user
    team_id: int | None


@dataclass(frozen=True, kw_only=True)
class ConversationCreated(ConversationEvent):
    name: ClassVar[str] = "conversation.created"


@dataclass(frozen=True, kw_only=True)
class ConversationUpdated(ConversationEvent):
    """One act, all its changes: {field: [old, new]}, values as the API shows them."""

    name: ClassVar[str] = "conversation.updated"
    changes: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ConversationRead(ConversationEvent):
    """The contact or an agent has seen it. `by` is "contact" or "agent"."""

    name: ClassVar[str] = "conversation.read"
    by: str


@dataclass(frozen=True, kw_only=True)
class ConversationMentioned(Event):
    """A private note called `user_id` by name. Without inbox_id, so that it reaches nobody else."""

    name: ClassVar[str] = "conversation.mentioned"
    conversation_id: int
    display_id: int
    user_id: int


@dataclass(frozen=True, kw_only=True)
class MessageUpdated(ConversationEvent):
    name: ClassVar[str] = "message.updated"
    message_id: int
    message_type: int
    private: bool
    changes: dict[str, list[Any]] = field(default_factory=dict)
    resend: bool = False  # it goes out again, as if it were new


# message.created has no class: conversations.actions.messages writes it in the same statement as the message.
# Its payload is that of MessageUpdated without `changes`, plus echo_id, files (how many), first_reply (bool) and
# replied_after (seconds since the contact began to wait, or null).
MESSAGE_CREATED = "message.created"


@dataclass(frozen=True, kw_only=True)
class ContactCreated(Event):
    name: ClassVar[str] = "contact.created"
    contact_id: int


@dataclass(frozen=True, kw_only=True)
class ContactUpdated(Event):
    name: ClassVar[str] = "contact.updated"
    contact_id: int
    changes: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ContactDeleted(Event):
    """Only the id: what was known of them is gone."""

    name: ClassVar[str] = "contact.deleted"
    contact_id: int


@dataclass(frozen=True, kw_only=True)
class ContactMerged(Event):
    """`contact_id` has taken over what `merged_id` had, who is gone."""

    name: ClassVar[str] = "contact.merged"
    contact_id: int
    merged_id: int


@dataclass(frozen=True, kw_only=True)
class ConversationChangeAsked(Event):
    """One of many that `actor` wants changed (conversations.actions.bulk). Without inbox_id, so that it reaches
    handlers and no screen."""

    name: ClassVar[str] = "bulk.conversation_asked"
    conversation_id: int
    display_id: int
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ContactChangeAsked(Event):
    name: ClassVar[str] = "bulk.contact_asked"
    contact_id: int
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TranscriptRequested(Event):
    """Without inbox_id, so that it reaches handlers and no screen."""

    name: ClassVar[str] = "transcript.requested"
    conversation_id: int
    email: str


@dataclass(frozen=True, kw_only=True)
class PortalInstructionsRequested(Event):
    """How to point a domain here, by mail."""

    name: ClassVar[str] = "portal.instructions_requested"
    portal_id: int
    email: str


@dataclass(frozen=True, kw_only=True)
class ContactsImportRequested(Event):
    name: ClassVar[str] = "contacts.import_requested"
    import_id: int


@dataclass(frozen=True, kw_only=True)
class ContactsExportRequested(Event):
    """`rows` is the filter as the client sent it; it has been compiled once, so it can be again."""

    name: ClassVar[str] = "contacts.export_requested"
    columns: list[str]
    rows: list[Any]
    label: str


@dataclass(frozen=True, kw_only=True)
class LabelRenamed(Event):
    """A label of the account has a new title."""

    name: ClassVar[str] = "label.renamed"
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class NotificationChanged(Event):
    """Of one person, for their own pages. `id` is None when many changed at once."""

    user_id: int
    id: int | None
    unread_count: int
    count: int


@dataclass(frozen=True, kw_only=True)
class NotificationCreated(NotificationChanged):
    name: ClassVar[str] = "notification.created"


@dataclass(frozen=True, kw_only=True)
class NotificationUpdated(NotificationChanged):
    name: ClassVar[str] = "notification.updated"


@dataclass(frozen=True, kw_only=True)
class NotificationDeleted(NotificationChanged):
    name: ClassVar[str] = "notification.deleted"
