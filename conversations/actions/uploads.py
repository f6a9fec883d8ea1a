"""Uploads ahead of their message: stored while somebody still writes, and part of it when it is sent."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from config import filestore
from config.problems import Invalid, NotFound, TooMany
from conversations import files
from conversations.actions.locking import check_visible
from conversations.files import Upload
from inboxes.queries import Access

MOST_WAITING = 100


def owner_of(user_id: int) -> str:
    return f"user:{user_id}"


def store_upload(*, access: Access, display_id: int, file: Any) -> Upload:
    """One file for a message that this member will send into this conversation. It waits for FILES_GRACE_HOURS.
    Raises NotFound, Invalid, TooLarge, UnsupportedType, TooMany, StorageDown."""
    (upload,) = files.examine([file], account_id=access.account_id)
    check_visible(access=access, display_id=display_id)
    owner = owner_of(access.user_id)
    if _count(access.account_id, owner) >= MOST_WAITING:
        raise TooMany(_("Too many of your files wait to be sent. Send or remove some of them first."))
    (stored,) = files.store([upload], account_id=access.account_id, owner=owner)
    return stored


def drop_upload(*, access: Access, upload_id: int) -> None:
    """The member does not want to send it any more. Raises NotFound for what is not waiting, or not theirs."""
    found = filestore.waiting([upload_id], account_id=access.account_id, owner=owner_of(access.user_id))
    if not found:
        raise NotFound(_("There is no such upload."))
    filestore.disown(found[0].name, account_id=access.account_id)


def claim_uploads(ids: tuple[int, ...], *, account_id: int, user_id: int) -> list[Upload]:
    """For the message that is being written. Raises Invalid if one is gone: then none is part of it."""
    wanted = list(dict.fromkeys(ids))
    claimed = filestore.claim(wanted, account_id=account_id, owner=owner_of(user_id))
    if len(claimed) < len(wanted):
        text = _("A file of this message is no longer there: files wait for a day. Attach it again.")
        raise Invalid(text, code="upload_gone", attributes=["uploads"])
    return [files.upload_of(stored) for stored in claimed]


def _count(account_id: int, owner: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM config_storedfile "
            "WHERE account_id = %s AND owner = %s AND unneeded_since IS NOT NULL",
            [account_id, owner],
        )
        return int(cursor.fetchone()[0])
