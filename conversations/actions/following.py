"""Who follows a conversation: participants, and those whom a private note has called by name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.models import TeamMember
from config.events import publish
from config.problems import Invalid
from conversations.actions.locking import Locked, lock_visible
from conversations.events import ConversationMentioned
from conversations.models import Mention, Participant
from conversations.queries.following import assignable
from inboxes.queries import Access

MOST_PEOPLE = 100
# As clients write it: [@Name](mention://user/7/Name), [@Team](mention://team/3/Team)
_MENTION = re.compile(r"\(mention://(user|team)/(\d{1,18})/")


def add_participants(*, actor: Actor, access: Access, display_id: int, user_ids: list[int]) -> None:
    """Raises Invalid if one of them is not in the inbox; then nobody is added."""
    locked = lock_visible(access=access, display_id=display_id)
    _add(locked, _members(locked, user_ids))


def set_participants(*, actor: Actor, access: Access, display_id: int, user_ids: list[int]) -> None:
    """Exactly these."""
    locked = lock_visible(access=access, display_id=display_id)
    members = _members(locked, user_ids)
    _of(locked).exclude(membership_id__in=members).delete()
    _add(locked, members)


def remove_participants(*, actor: Actor, access: Access, display_id: int, user_ids: list[int]) -> None:
    locked = lock_visible(access=access, display_id=display_id)
    _of(locked).filter(membership__user_id__in=user_ids).delete()


def _of(locked: Locked) -> QuerySet[Participant]:
    return Participant.objects.for_account(locked.account_id).filter(conversation_id=locked.id)


def _members(locked: Locked, user_ids: list[int]) -> list[int]:
    wanted = set(user_ids)
    if len(wanted) > MOST_PEOPLE:
        text = _("At most %(most)d people at once. Nothing was changed.") % {"most": MOST_PEOPLE}
        raise Invalid(text, attributes=["user_ids"])
    found = assignable(account_id=locked.account_id, inbox_id=locked.inbox_id).filter(user_id__in=wanted)
    ids = list(found.values_list("pk", flat=True))
    if len(ids) < len(wanted):
        raise Invalid(
            _("Everybody has to be a member of the inbox. Nothing was changed."), attributes=["user_ids"]
        )
    return ids


def _add(locked: Locked, membership_ids: Iterable[int]) -> None:
    rows = [
        Participant(account_id=locked.account_id, conversation_id=locked.id, membership_id=one)
        for one in membership_ids
    ]
    Participant.objects.bulk_create(rows, ignore_conflicts=True)


def record_mentions(locked: Locked, *, actor: Actor, content: str) -> None:
    """Those whom a private note names follow the conversation from now on. Names of people who may not see it
    are only text."""
    people: set[int] = set()
    teams: set[int] = set()
    for kind, number in _MENTION.findall(content)[:MOST_PEOPLE]:
        (people if kind == "user" else teams).add(int(number))
    if not people and not teams:
        return
    of_teams = TeamMember.objects.for_account(locked.account_id).filter(team_id__in=teams)
    named = Q(user_id__in=people) | Q(pk__in=of_teams.values("membership_id"))
    found = assignable(account_id=locked.account_id, inbox_id=locked.inbox_id).filter(named)
    users = dict(found.values_list("pk", "user_id"))
    now = timezone.now()
    Mention.objects.bulk_create(
        [
            Mention(
                account_id=locked.account_id, conversation_id=locked.id, membership_id=one, mentioned_at=now
            )
            for one in users
        ],
        update_conflicts=True,
        unique_fields=["account", "conversation", "membership"],
        update_fields=["mentioned_at"],
    )
    _add(locked, users)
    for user_id in users.values():
        publish(
            ConversationMentioned(
                account_id=locked.account_id,
                actor=actor.as_payload(),
                conversation_id=locked.id,
                display_id=locked.display_id,
                user_id=user_id,
            )
        )
