"""Every operation of the public OpenAPI file."""

from __future__ import annotations

from tests.contract.account_operations import ACCOUNT, AUTOMATION, INBOXES
from tests.contract.conversation_operations import CONTACTS, CONVERSATIONS
from tests.contract.outer_operations import PLATFORM, PORTALS, PUBLIC, REPORTS

OPERATIONS = ACCOUNT + INBOXES + CONTACTS + CONVERSATIONS + AUTOMATION + PORTALS + REPORTS + PLATFORM + PUBLIC
