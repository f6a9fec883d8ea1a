from conversations.models.attribute import CustomAttributeDefinition
from conversations.models.blob import Blob, BlobUse
from conversations.models.campaign import Campaign
from conversations.models.canned import CannedResponse
from conversations.models.company import Company
from conversations.models.contact import Contact, ContactInbox, ContactLabel
from conversations.models.conversation import (
    Conversation,
    ConversationCounter,
    ConversationLabel,
    ConversationTally,
    Label,
    LabelTally,
)
from conversations.models.custom_filter import CustomFilter
from conversations.models.draft import Draft
from conversations.models.help_centre import Article, Category, CategoryLink, InboxPortal, Portal
from conversations.models.message import Attachment, Message
from conversations.models.note import Note
from conversations.models.notification import Notification
from conversations.models.participant import Mention, Participant
from conversations.models.search import ContactGrams
from conversations.models.sla import AppliedSla, SlaEvent, SlaPolicy
from conversations.models.survey import SurveyResponse
from conversations.models.transfer import DataImport

__all__ = [
    "AppliedSla",
    "Article",
    "Attachment",
    "Blob",
    "BlobUse",
    "Campaign",
    "CannedResponse",
    "Category",
    "CategoryLink",
    "Company",
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
    "InboxPortal",
    "Label",
    "LabelTally",
    "Mention",
    "Message",
    "Note",
    "Participant",
    "Portal",
    "Notification",
    "SlaEvent",
    "SlaPolicy",
    "SurveyResponse",
]
