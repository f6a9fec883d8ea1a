"""Where people want to be told beside the pages."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import NotificationSubscription, User
from config.problems import Invalid

MOST = 50  # of one person; the oldest go
_KEYS = {"browser_push": "endpoint", "fcm": "device_id"}
_TYPES = {label: value for value, label in NotificationSubscription.Type.choices}


@transaction.atomic
def subscribe(*, person: User, kind: str, attributes: dict[str, Any]) -> NotificationSubscription:
    """The same browser or telephone again is moved to this person. Raises Invalid without its identifier."""
    key = _KEYS[kind]
    identifier = attributes.get(key)
    if not isinstance(identifier, str) or not identifier.isascii() or not 0 < len(identifier) <= 2048:
        text = _("subscription_attributes needs %(key)s, of at most 2048 plain characters.") % {"key": key}
        raise Invalid(text, attributes=["subscription_attributes"])
    row, _created = NotificationSubscription.objects.update_or_create(
        identifier=identifier,
        defaults={"user": person, "subscription_type": _TYPES[kind], "subscription_attributes": attributes},
    )
    mine = NotificationSubscription.objects.filter(user=person).order_by("-updated_at", "-pk")
    NotificationSubscription.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[MOST:])).delete()
    return row


def unsubscribe(*, person: User, push_token: str) -> None:
    """By the token of the push service. One that is not there, or somebody else's, is left alone."""
    mine = NotificationSubscription.objects.filter(user=person)
    mine.filter(subscription_attributes__push_token=push_token).delete()
