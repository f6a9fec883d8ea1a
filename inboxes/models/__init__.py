from inboxes.models.assignment import AssignmentPolicy, InboxAssignmentPolicy
from inboxes.models.bot import BotInbox
from inboxes.models.capacity import CapacityLimit, CapacityMember, CapacityPolicy
from inboxes.models.hours import WorkingHours
from inboxes.models.inbox import Inbox, InboxMember, InboxUserObjectPermission
from inboxes.models.webhook import Webhook

__all__ = [
    "AssignmentPolicy",
    "CapacityLimit",
    "CapacityMember",
    "CapacityPolicy",
    "InboxAssignmentPolicy",
    "BotInbox",
    "Inbox",
    "InboxMember",
    "InboxUserObjectPermission",
    "Webhook",
    "WorkingHours",
]
