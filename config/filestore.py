"""Files in the storage, each with a row (config.models.StoredFile) that was there before it.

A file cannot be part of a transaction. So the row is written first, in a transaction of its own beside the one
that is open; then the file; and only the transaction that needs it takes the mark "unneeded" away. Whatever dies
in between leaves a file that is marked, and the sweep finds it.
"""

from __future__ import annotations

import errno
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import orjson
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection
from django.utils.translation import gettext as _

from config.database import aside, platform_scope
from config.problems import Problem

logger = logging.getLogger(__name__)


class StorageDown(Problem):
    status, code = 503, "storage_unavailable"

    def __init__(self) -> None:
        super().__init__(
            _("The file storage cannot be reached. Nothing was sent; try again in a moment."), retry_after=5
        )


class StorageFull(Problem):
    status, code = 507, "storage_full"

    def __init__(self) -> None:
        super().__init__(_("There is no room left for files. Nothing was sent; a text without files can be."))


@dataclass(frozen=True)
class Stored:
    """A file in the storage. `details` is what its uploader's row says of it."""

    id: int
    name: str
    size: int
    details: dict[str, Any] = field(default_factory=dict)


_NOTE = """
INSERT INTO config_storedfile (account_id, name, size, owner, details) VALUES (%s, %s, %s, %s, %s::jsonb)
RETURNING id
"""


def put(
    file: BinaryIO,
    *,
    size: int,
    account_id: int,
    folder: str,
    owner: str = "",
    details: dict[str, Any] | None = None,
) -> Stored:
    """Store under a random name, without anything the sender chose. Unneeded until `keep`. Raises StorageDown or
    StorageFull, and leaves nothing then but what the sweep knows of."""
    name = f"{folder}/{account_id}/{uuid.uuid4().hex}"
    row_id = _note(account_id, name, size, owner, details or {})
    try:
        file.seek(0)
        default_storage.save(name, File(file))
    except OSError as error:
        logger.warning("file not stored", extra={"file": name, "error": str(error)})
        _remove(name)  # what a full disk took of it is of no use
        raise (StorageFull if error.errno in {errno.ENOSPC, errno.EDQUOT} else StorageDown)() from error
    return Stored(row_id, name, size, details or {})


def _note(account_id: int, name: str, size: int, owner: str, details: dict[str, Any]) -> int:
    with aside(account_id) as own:
        row: Any = own.execute(
            _NOTE, [account_id, name, size, owner, orjson.dumps(details).decode()]
        ).fetchone()
    return int(row[0])


def keep(names: Iterable[str], *, account_id: int) -> None:
    """They are needed, if this transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE config_storedfile SET unneeded_since = NULL, owner = '', details = '{}' "
            "WHERE account_id = %s AND name = ANY(%s)",
            [account_id, list(names)],
        )


_CLAIM = """
UPDATE config_storedfile SET unneeded_since = NULL, owner = '', details = '{}'
FROM (SELECT id, details FROM config_storedfile
      WHERE account_id = %s AND owner = %s AND id = ANY(%s) AND unneeded_since IS NOT NULL FOR UPDATE) AS waiting
WHERE config_storedfile.account_id = %s AND config_storedfile.id = waiting.id
RETURNING waiting.id, name, size, waiting.details
"""


def claim(ids: list[int], *, account_id: int, owner: str) -> list[Stored]:
    """Uploads of this owner that wait, in the order asked for; they are needed from now on. What is missing in
    the answer is somebody else's, in another message, or was swept."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [account_id, owner, ids, account_id])
        found = {row[0]: Stored(row[0], row[1], row[2], orjson.loads(row[3])) for row in cursor.fetchall()}
    return [found[one] for one in ids if one in found]


def waiting(ids: list[int], *, account_id: int, owner: str) -> list[Stored]:
    """The same, without claiming them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name, size, details FROM config_storedfile "
            "WHERE account_id = %s AND owner = %s AND id = ANY(%s) AND unneeded_since IS NOT NULL",
            [account_id, owner, ids],
        )
        found = {row[0]: Stored(row[0], row[1], row[2], orjson.loads(row[3])) for row in cursor.fetchall()}
    return [found[one] for one in ids if one in found]


def disown(name: str, *, account_id: int) -> None:
    """A waiting upload that its owner gave up: nobody can claim it any more, and the sweep takes it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE config_storedfile SET owner = '', details = '{}' WHERE account_id = %s AND name = %s",
            [account_id, name],
        )


def let_go(names: Iterable[str], *, account_id: int) -> None:
    """Nothing needs them any more, from the commit on. Deleted rows of attachments say so by a trigger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE config_storedfile SET unneeded_since = now() WHERE account_id = %s AND name = ANY(%s)",
            [account_id, list(names)],
        )


def discard(names: Iterable[str], *, account_id: int) -> None:
    """What was just stored is not needed after all, and nobody was told of it: it goes at once."""
    gone = [name for name in names if _remove(name)]
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM config_storedfile WHERE account_id = %s AND name = ANY(%s)", [account_id, gone]
        )


@dataclass(frozen=True)
class Usage:
    files: int
    size: int  # bytes


def usage_of(account_id: int) -> Usage:
    """What an account's files take, originals and previews."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), coalesce(sum(size), 0)::bigint FROM config_storedfile WHERE account_id = %s",
            [account_id],
        )
        return Usage(*cursor.fetchone())


def sweep(*, most: int = 500) -> int:
    """Remove files that nothing has needed for FILES_GRACE_HOURS. Returns how many. A file that cannot be
    removed now keeps its row, and is tried again."""
    with platform_scope("sweep: files of all accounts"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name FROM config_storedfile WHERE unneeded_since < now() - make_interval(hours => %s) "
            "ORDER BY unneeded_since LIMIT %s FOR UPDATE SKIP LOCKED",
            [settings.FILES_GRACE_HOURS, most],
        )
        gone = [row_id for row_id, name in cursor.fetchall() if _remove(name)]
        cursor.execute("DELETE FROM config_storedfile WHERE id = ANY(%s)", [gone])
    return len(gone)


def _remove(name: str) -> bool:
    try:
        default_storage.delete(name)
    except OSError as error:
        logger.warning("file not removed", extra={"file": name, "error": str(error)})
        return False
    return True
