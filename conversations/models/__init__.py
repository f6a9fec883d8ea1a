from conversations.models.contact import Contact, ContactInbox
from conversations.models.conversation import (
    Conversation,
    ConversationCounter,
    ConversationLabel,
    ConversationTally,
    Label,
)
from conversations.models.message import Attachment, Message

__all__ = [
    "Attachment",
    "Contact",
    "ContactInbox",
    "Conversation",
    "ConversationCounter",
    "ConversationLabel",
    "ConversationTally",
    "Label",
    "Message",
]
