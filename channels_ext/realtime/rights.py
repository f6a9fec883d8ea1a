"""What an owner of a socket may hear. Synchronous; runs in the realtime threads.

Computed in one place, for one newcomer and for everybody at once alike, so that a re-check can never be
more generous than the door was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Account, Membership, Role, TeamMember
from channels_ext.realtime import groups
from channels_ext.realtime.sockets import FORBIDDEN, UNAUTHENTICATED
from config.database import platform_scope
from conversations.models import ContactInbox
from inboxes.models import InboxMember

SessionStore: Any = import_module(settings.SESSION_ENGINE).SessionStore


@dataclass(frozen=True)
class Agent:
    """A member of an account: on a dashboard by session, or on /cable by the user's pubsub token."""

    account_id: int
    user_id: int
    membership_id: int
    name: str
    locale: str
    proof: str  # the password's fingerprint, or the pubsub token: the socket ends when it changes
    session_key: str | None = None


@dataclass(frozen=True)
class Visitor:
    account_id: int
    contact_inbox_id: int
    contact_id: int
    inbox_id: int
    proof: str
    verified: bool = False  # when they came in


Owner = Agent | Visitor


@dataclass(frozen=True)
class Verdict:
    """What an owner may hear now, or the close code."""

    groups: frozenset[str] = frozenset()
    code: int = 0


def judge(owners: Iterable[Owner]) -> dict[Owner, Verdict]:
    """What each of them may hear now. A handful of queries, whatever their number."""
    with platform_scope("realtime: re-authorising sockets"):
        return judged(owners)


def rejudge(owners: Iterable[Owner]) -> dict[Owner, Verdict]:
    """The same for who was let in before, but without the visitors for whom nothing has changed: there may
    be thousands of them, every few seconds."""
    every = set(owners)
    visitors = [owner for owner in every if isinstance(owner, Visitor)]
    with platform_scope("realtime: re-authorising every socket of this process"):
        changed = _ids_of_changed(visitors)
        return judged(
            owner for owner in every if isinstance(owner, Agent) or owner.contact_inbox_id in changed
        )


# Verified visitors are always asked: what they may hear hangs on their other sessions.
_CHANGED = """
SELECT known.id FROM unnest(%s::bigint[], %s::text[], %s::boolean[]) AS known(id, token, verified)
LEFT JOIN conversations_contactinbox AS session ON session.id = known.id
LEFT JOIN conversations_contact AS contact
  ON contact.account_id = session.account_id AND contact.id = session.contact_id
LEFT JOIN accounts_account AS account ON account.id = session.account_id
WHERE contact.id IS NULL OR contact.blocked OR account.status <> %s
   OR session.pubsub_token <> known.token OR session.hmac_verified OR known.verified
"""


def _ids_of_changed(visitors: Collection[Visitor]) -> set[int]:
    if not visitors:
        return set()
    ids = [visitor.contact_inbox_id for visitor in visitors]
    proofs = [visitor.proof for visitor in visitors]
    verified = [visitor.verified for visitor in visitors]
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [ids, proofs, verified, Account.Status.ACTIVE.value])
        return {row[0] for row in cursor.fetchall()}


def judged(owners: Iterable[Owner]) -> dict[Owner, Verdict]:
    """The same for who has entered a platform scope already."""
    every = set(owners)
    agents = [owner for owner in every if isinstance(owner, Agent)]
    visitors = [owner for owner in every if isinstance(owner, Visitor)]
    return {**_judge_agents(agents), **_judge_visitors(visitors)}


_JOINS = ("user", "account")
_READ = ("role", "user__password", "user__is_active", "user__pubsub_token", "account__status")


def _judge_agents(agents: list[Agent]) -> dict[Owner, Verdict]:
    if not agents:
        return {}
    ids = {agent.membership_id for agent in agents}
    members = {
        member.pk: member
        for member in Membership.objects.filter(pk__in=ids).select_related(*_JOINS).only(*_READ)
    }
    inbox_ids = _listed(
        InboxMember.objects.filter(membership_id__in=ids).values_list("membership_id", "inbox_id")
    )
    team_ids = _listed(
        TeamMember.objects.filter(membership_id__in=ids).values_list("membership_id", "team_id")
    )
    signed_in = _living_sessions({agent.session_key for agent in agents if agent.session_key})
    verdicts: dict[Owner, Verdict] = {}
    for agent in agents:
        member = members.get(agent.membership_id)
        code = _objection(agent, member, signed_in)
        verdicts[agent] = (
            Verdict(code=code)
            if code or member is None
            else Verdict(_agent_groups(agent, member, inbox_ids[member.pk], team_ids[member.pk]))
        )
    return verdicts


def _objection(agent: Agent, member: Membership | None, signed_in: set[str]) -> int:
    """The close code for who may not stay, else 0."""
    if agent.session_key and agent.session_key not in signed_in:
        return UNAUTHENTICATED
    if member is None or member.user_id != agent.user_id or member.account_id != agent.account_id:
        return FORBIDDEN
    proof = member.user.get_session_auth_hash() if agent.session_key else member.user.pubsub_token
    if proof != agent.proof or not member.user.is_active:
        return UNAUTHENTICATED
    return 0 if member.account.status == Account.Status.ACTIVE else FORBIDDEN


def _agent_groups(
    agent: Agent, member: Membership, inbox_ids: list[int], team_ids: list[int]
) -> frozenset[str]:
    account_id = agent.account_id
    found = {groups.everyone(account_id), groups.person(account_id, agent.user_id)}
    if member.role == Role.ADMINISTRATOR:
        found.add(groups.admins(account_id))
    else:
        found.update(groups.inbox(account_id, inbox_id) for inbox_id in inbox_ids)
    if agent.session_key:  # dashboards only: in the original, teams and assignees hear nothing on /cable
        found.add(groups.user(account_id, agent.user_id))
        found.update(groups.team(account_id, team_id) for team_id in team_ids)
    return frozenset(found)


def _listed(pairs: Iterable[tuple[int, int]]) -> defaultdict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found


def _living_sessions(keys: set[str]) -> set[str]:
    if not keys:
        return set()
    # The table, not the cache in front of it: signing out deletes both, a flushed cache only one.
    rows = SessionStore.get_model_class().objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return set(rows.values_list("session_key", flat=True))


def _judge_visitors(visitors: list[Visitor]) -> dict[Owner, Verdict]:
    if not visitors:
        return {}
    ids = {visitor.contact_inbox_id for visitor in visitors}
    sessions = {session.id: session for session in sessions_by(pk__in=ids)}
    siblings = siblings_of(sessions.values())
    return {
        visitor: visitor_verdict(sessions.get(visitor.contact_inbox_id), visitor, siblings)
        for visitor in visitors
    }


class Session(NamedTuple):
    """Plain columns, no instances: there may be thousands, every few seconds."""

    id: int
    account_id: int
    contact_id: int
    inbox_id: int
    token: str
    verified: bool
    blocked: bool
    account_status: int

    @property
    def visitor(self) -> Visitor:
        return Visitor(self.account_id, self.id, self.contact_id, self.inbox_id, self.token, self.verified)


_SESSION_COLUMNS = (
    "id",
    "account_id",
    "contact_id",
    "inbox_id",
    "pubsub_token",
    "hmac_verified",
    "contact__blocked",
    "account__status",
)


def sessions_by(**wanted: Any) -> Iterator[Session]:
    return (Session(*row) for row in ContactInbox.objects.filter(**wanted).values_list(*_SESSION_COLUMNS))


def siblings_of(sessions: Iterable[Session]) -> defaultdict[int, list[int]]:
    """contact id → all of their verified sessions: a verified contact hears every one of them."""
    verified = {session.contact_id for session in sessions if session.verified}
    if not verified:
        return defaultdict(list)
    found = ContactInbox.objects.filter(contact_id__in=verified, hmac_verified=True)
    return _listed(found.values_list("contact_id", "id"))


def visitor_verdict(session: Session | None, visitor: Visitor, siblings: dict[int, list[int]]) -> Verdict:
    if session is None or session.token != visitor.proof:
        return Verdict(code=UNAUTHENTICATED)
    if session.blocked or session.account_status != Account.Status.ACTIVE:
        return Verdict(code=FORBIDDEN)
    mine = siblings[session.contact_id] if session.verified else []
    return Verdict(frozenset(groups.visitor(pk) for pk in {session.id, *mine}))
