"""Named tokens of a person: made for a purpose, limited, perhaps for a while. The one without a name is not here."""

from __future__ import annotations

import datetime

import redis
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.input import clean_name
from accounts.models import AccessToken, User
from accounts.permissions import CAPABILITIES, READ, WRITE
from accounts.queries.last_use import HASH
from config.encryption import digest, new_token
from config.problems import Invalid, LimitReached, NotFound
from config.wire import ask

MOST_TOKENS = 50
_HINT = 4
SCOPES = (READ, WRITE, *CAPABILITIES)


@transaction.atomic
def create_token(
    *,
    person: User,
    name: str,
    scopes: list[str] | None = None,
    expires_at: datetime.datetime | None = None,
) -> tuple[AccessToken, str]:
    """The row and the token, which nobody can read again. `scopes` are among SCOPES; None is all that the person
    may do. Raises Invalid, LimitReached."""
    named = clean_name(name)[:100]
    _check(scopes, expires_at)
    User.objects.select_for_update(no_key=True).get(pk=person.pk)  # so that two do not count the same
    if AccessToken.objects.filter(user=person).exclude(name="").count() >= MOST_TOKENS:
        raise LimitReached(
            _("You have 50 tokens. Revoke one that is not used any more; nothing was changed.")
        )
    token = new_token(40)
    values = {
        "scopes": scopes,
        "expires_at": expires_at,
        "token_digest": digest(token),
        "hint": token[:_HINT],
    }
    try:
        with transaction.atomic():
            return AccessToken.objects.create(user=person, name=named, **values), token
    except IntegrityError:
        text = _("You have a token of this name. Choose another one; nothing was changed.")
        raise Invalid(text, attributes=["name"], code="taken") from None


def _check(scopes: list[str] | None, expires_at: datetime.datetime | None) -> None:
    unknown = [one for one in scopes or [] if one not in SCOPES]
    if scopes == [] or unknown:
        text = _("Scopes are read, write or names of capabilities; this is none: %(names)s.")
        raise Invalid(text % {"names": ", ".join(unknown)[:200] or "[]"}, attributes=["scopes"])
    if expires_at is not None and expires_at <= timezone.now():
        raise Invalid(_("The time when the token ends is over already."), attributes=["expires_at"])


@transaction.atomic
def revoke_token(*, person: User, token_id: int) -> None:
    """It ends at once. Raises NotFound."""
    deleted, _kinds = AccessToken.objects.filter(user=person, pk=token_id).exclude(name="").delete()
    if not deleted:
        raise NotFound()


_WRITE_DOWN = """
UPDATE {table} AS held SET last_used_at = to_timestamp(used.at)
FROM unnest(%s::bigint[], %s::bigint[]) AS used(id, at)
WHERE held.id = used.id AND (held.last_used_at IS NULL OR held.last_used_at < to_timestamp(used.at))
"""
_TABLES = {"t": "accounts_accesstoken", "n": "accounts_accesstoken", "s": "accounts_devicesession"}


def write_down_last_uses() -> int:
    """Upkeep: what Redis noted since the last time. Returns how many rows were written."""
    found = _taken()
    written = 0
    for table in sorted(set(_TABLES.values())):
        uses = [
            (int(key[1:]), int(at))
            for key, at in found.items()
            if _TABLES.get(key[:1]) == table and key[1:].isdigit()
        ]
        if uses:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    _WRITE_DOWN.format(table=table), [list(column) for column in zip(*uses, strict=True)]
                )
                written += cursor.rowcount
    if found:
        ask("DEL", f"{HASH}:taken")
    return written


def _taken() -> dict[str, str]:
    """Set aside, so that what is noted meanwhile is not lost. What a worker took before it died comes first."""
    if not ask("EXISTS", f"{HASH}:taken"):
        try:
            ask("RENAME", HASH, f"{HASH}:taken")
        except redis.ResponseError:  # nothing was noted
            return {}
    flat = [one.decode() for one in ask("HGETALL", f"{HASH}:taken")]
    return dict(zip(flat[::2], flat[1::2], strict=True))
