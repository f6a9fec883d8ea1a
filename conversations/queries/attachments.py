"""Files of messages, by the ways they are asked for."""

from __future__ import annotations

from django.db.models import F

from accounts.models import Account
from config.fileserving import Served
from conversations import files
from conversations.models import Attachment
from inboxes.queries import Access

PREVIEW_AGE = 7 * 86400  # seconds; a copy never changes
ORIGINAL_AGE = 3600


def find_attachment(*, account_id: int, attachment_id: int) -> Attachment | None:
    """With a file of ours, of an active account."""
    found = Attachment.objects.for_account(account_id).filter(pk=attachment_id)
    return found.filter(account__status=Account.Status.ACTIVE).exclude(file="").first()


def may_see(*, access: Access, attachment_id: int) -> bool:
    """Whether the member may see the conversation that the file is in."""
    row = (
        Attachment.objects.for_account(access.account_id)
        .filter(pk=attachment_id)
        .values(
            inbox_id=F("message__conversation__inbox_id"),
            assignee_id=F("message__conversation__assignee_id"),
            team_id=F("message__conversation__team_id"),
        )
        .first()
    )
    return row is not None and access.sees(**row)


def served(attachment: Attachment, variant: str) -> Served | None:
    """The original, or one of our copies of it (variant: view, thumb); None if there is no such copy."""
    if variant == "original":
        return Served(
            name=attachment.file.name,
            file_name=attachment.file_name,
            content_type=attachment.content_type or "application/octet-stream",
            inline=bool(files.INLINE.fullmatch(attachment.content_type)),
            max_age=ORIGINAL_AGE,
        )
    name = getattr(attachment, variant)
    if not name:
        return None
    return Served(name, f"{variant}.webp", "image/webp", inline=True, max_age=PREVIEW_AGE)
