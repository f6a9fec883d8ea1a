"""Who may do what: one table, capability → roles, and beside it grants on single objects.

Seeing is not here: an agent sees what is in their inboxes and teams or assigned to them (inboxes.queries).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from guardian.shortcuts import get_objects_for_user

from accounts.actors import Actor
from accounts.models import Account, Role, User
from config.problems import Forbidden


class Asker(Protocol):
    """Who asks, inside one account: inboxes.queries.Access for its members, Authority for the admin."""

    @property
    def account_id(self) -> int: ...
    @property
    def user_id(self) -> int: ...
    @property
    def role(self) -> int: ...
    @property
    def scopes(self) -> tuple[str, ...] | None: ...
    @property
    def actor(self) -> Actor: ...


@dataclass(frozen=True)
class Authority:
    """An administrator of the account, or the platform's operator, who then has no membership in it."""

    account_id: int
    user_id: int
    user_name: str
    role: int = Role.ADMINISTRATOR
    membership_id: int | None = None
    scopes: tuple[str, ...] | None = None

    @property
    def actor(self) -> Actor:
        return Actor("user", self.user_id, self.user_name, self.membership_id, self.role)


_EVERYBODY = frozenset({Role.AGENT, Role.ADMINISTRATOR})
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

CAPABILITIES: dict[str, frozenset[Role]] = {
    "account.read": _EVERYBODY,
    "account.update": _ADMINISTRATORS,
    "assignment.manage": _ADMINISTRATORS,
    "attribute.manage": _EVERYBODY,
    "attribute.read": _EVERYBODY,
    "audit.read": _ADMINISTRATORS,
    "automation.manage": _ADMINISTRATORS,
    "bot.manage": _ADMINISTRATORS,
    "bot.read": _EVERYBODY,
    "campaign.manage": _ADMINISTRATORS,
    "canned.manage": _EVERYBODY,
    "canned.read": _EVERYBODY,
    "contact.delete": _ADMINISTRATORS,
    "contact.export": _ADMINISTRATORS,
    "contact.import": _ADMINISTRATORS,
    "contact.read": _EVERYBODY,
    "contact.update": _EVERYBODY,
    "conversation.delete": _ADMINISTRATORS,
    "conversation.read": _EVERYBODY,
    "conversation.reply": _EVERYBODY,
    "conversation.update": _EVERYBODY,
    "dashboard_app.manage": _EVERYBODY,
    "dashboard_app.read": _EVERYBODY,
    "grant.manage": _ADMINISTRATORS,
    "inbox.create": _ADMINISTRATORS,
    "inbox.delete": _ADMINISTRATORS,
    "inbox.manage": _ADMINISTRATORS,
    "inbox.read": _EVERYBODY,
    "integration.manage": _ADMINISTRATORS,
    "knowledge.manage": _ADMINISTRATORS,
    "knowledge.read": _EVERYBODY,
    "label.manage": _ADMINISTRATORS,
    "label.read": _EVERYBODY,
    "member.invite": _ADMINISTRATORS,
    "member.read": _EVERYBODY,
    "member.remove": _ADMINISTRATORS,
    "member.update": _ADMINISTRATORS,
    "report.read": _ADMINISTRATORS,
    "sla.manage": _ADMINISTRATORS,
    "sla.read": _EVERYBODY,
    "team.manage": _ADMINISTRATORS,
    "team.read": _EVERYBODY,
    "webhook.manage": _ADMINISTRATORS,
}

# What can also be given to one person for one object: capability → permission (django-guardian).
GRANTS: dict[str, str] = {"inbox.manage": "inboxes.manage_inbox"}


# What a token may be limited to, beside single capabilities.
READ, WRITE = "read", "write"


def covers(scopes: tuple[str, ...] | None, capability: str, *, reading: bool = False) -> bool:
    """Whether a token limited to these scopes may do that. `read` is every capability called "….read", `write` is
    all. Where nothing is named (an empty capability), `reading` says what it is."""
    if scopes is None or WRITE in scopes or capability in scopes:
        return True
    return READ in scopes and (capability.endswith(".read") or (reading and not capability))


def can(access: Asker, capability: str, obj: Model | None = None) -> bool:
    """By role, or by a grant on `obj`, within what the asker's token is limited to. What belongs to another
    account is never allowed. An unknown capability is a KeyError: a misspelt one must not pass for a refusal."""
    allowed = CAPABILITIES[capability]
    if not covers(access.scopes, capability):
        return False
    if obj is None:
        return access.role in allowed
    if account_of(obj) != access.account_id:
        return False
    if access.role in allowed:
        return True
    return granted(access, capability, type(obj)._default_manager.filter(pk=obj.pk)).exists()


def require(access: Asker, capability: str, obj: Model | None = None) -> None:
    """Raises Forbidden."""
    if not can(access, capability, obj):
        raise Forbidden(_("You may not do that. Nothing was changed."))


def granted(access: Asker, capability: str, objects: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the objects of this account on which the asker was given the capability."""
    permission = GRANTS.get(capability)
    if permission is None:
        return objects.none()
    # Both flags default to true, and then one permission on the model would open every account. Without
    # the filter the query reads the whole table (reference: guardian, rules 2 and 3).
    return get_objects_for_user(
        User(pk=access.user_id),
        permission,
        klass=objects.filter(account_id=access.account_id),
        use_groups=False,
        accept_global_perms=False,
        with_superuser=False,
    )


def account_of(obj: Any) -> int:
    """The account that a row belongs to."""
    return int(obj.pk if isinstance(obj, Account) else obj.account_id)
