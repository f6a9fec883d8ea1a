from conversations.models.attribute import CustomAttributeDefinition
from conversations.models.blob import Blob, BlobUse
from conversations.models.canned import CannedResponse
from conversations.models.contact import Contact, ContactInbox, ContactLabel
from conversations.models.conversation import (
    Conversation,
    ConversationCounter,
    ConversationLabel,
    ConversationTally,
    Label,
)
from conversations.models.custom_filter import CustomFilter
from conversations.models.draft import Draft
from conversations.models.message import Attachment, Message
from conversations.models.note import Note
from conversations.models.notification import Notification
from conversations.models.participant import Mention, Participant
from conversations.models.search import ContactGrams
from conversations.models.transfer import DataImport

__all__ = [
    "Attachment",
    "Blob",
    "BlobUse",
    "CannedResponse",
    "Contact",
    "ContactGrams",
    "ContactInbox",
    "ContactLabel",
    "Conversation",
    "ConversationCounter",
    "ConversationLabel",
    "ConversationTally",
    "CustomAttributeDefinition",
    "DataImport",
    "CustomFilter",
    "Draft",
    "Label",
    "Mention",
    "Message",
    "Note",
    "Participant",
    "Notification",
]
