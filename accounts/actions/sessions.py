"""Sessions of programs: opened by who proved to be the person, closed by whoever holds them."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import DeviceSession, User
from accounts.queries.door import Credential
from config.encryption import new_token
from config.problems import NotFound

LIFETIME = datetime.timedelta(days=60)
MOST_SESSIONS = 25


@transaction.atomic
def open_session(*, user: User, device: str = "") -> tuple[DeviceSession, str]:
    """The session and its token, which nobody can read again. The oldest beyond 25 end."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # so that two do not count the same
    client, token = new_token(22), new_token(32)
    shown = Credential.of_session(uid=user.email, client=client, token=token)
    session = DeviceSession.objects.create(
        user=user,
        client=client,
        token_digest=shown.digest,
        opened_under=user.pubsub_token,
        device=device[:255].replace("\x00", ""),
        expires_at=timezone.now() + LIFETIME,
    )
    _drop_the_oldest(user)
    return session, token


def _drop_the_oldest(user: User) -> None:
    own = DeviceSession.objects.filter(user=user)
    own.filter(Q(expires_at__lte=Now()) | ~Q(opened_under=user.pubsub_token)).delete()
    kept = list(own.order_by("-id").values_list("pk", flat=True)[:MOST_SESSIONS])
    own.exclude(pk__in=kept).delete()


@transaction.atomic
def close_session(*, session: DeviceSession) -> None:
    session.delete()


@transaction.atomic
def end_session(*, person: User, session_id: int) -> None:
    """One of the person's own, from elsewhere. Raises NotFound."""
    deleted, _kinds = DeviceSession.objects.filter(user=person, pk=session_id).delete()
    if not deleted:
        raise NotFound()


def carry_over(*, session: DeviceSession, user: User) -> None:
    """Keep the session in which the person changed what ends all of them, in the same transaction."""
    DeviceSession.objects.filter(pk=session.pk).update(opened_under=user.pubsub_token)


def drop_dead_sessions() -> int:
    """Upkeep: what is over already. Returns how many."""
    over = Q(expires_at__lte=Now()) | ~Q(opened_under=F("user__pubsub_token"))
    dead = DeviceSession.objects.filter(over).values_list("pk", flat=True)
    return DeviceSession.objects.filter(pk__in=list(dead[:10_000])).delete()[0]
