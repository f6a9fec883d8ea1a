from inboxes.models.bot import BotInbox
from inboxes.models.hours import WorkingHours
from inboxes.models.inbox import Inbox, InboxMember, InboxUserObjectPermission
from inboxes.models.webhook import Webhook

__all__ = ["BotInbox", "Inbox", "InboxMember", "InboxUserObjectPermission", "Webhook", "WorkingHours"]
