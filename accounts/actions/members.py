"""People in an account: invited, given a role, sent away. The person behind is never changed here."""

from __future__ import annotations

from functools import partial

from allauth.account.models import EmailAddress
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.actions.access import announce_access
from accounts.actions.audit import record_audit
from accounts.actions.input import clean_choice, clean_email, clean_name
from accounts.actions.invitation import send_invitation
from accounts.actions.limits import require_room
from accounts.models import Account, Membership, Role, User
from accounts.models.membership import NOTIFICATION_TYPES, Availability
from accounts.permissions import Asker, require
from accounts.presence import forget_availabilities
from config.database import account_scope, platform_scope
from config.problems import Forbidden, Invalid, NotFound


@transaction.atomic
def invite_member(
    *,
    access: Asker,
    email: str,
    name: str = "",
    role: int = Role.AGENT,
    availability: int = Availability.ONLINE,
    auto_offline: bool = True,
) -> Membership:
    """The membership, with its user. Somebody who has a user already is linked to it, and the name given
    here is ignored; a new one sets a password by the link in the mail. Raises Forbidden, Invalid, LimitReached."""
    require(access, "member.invite")
    require_room(
        access=access, kind="agents", taken=Membership.objects.for_account(access.account_id).count()
    )
    address, role = clean_email(email), clean_choice(role, Role, field="role")
    user, is_new = _find_or_create_user(address, name)
    chosen = {"availability": clean_choice(availability, Availability, field="availability")}
    member, linked = Membership.objects.get_or_create(
        account_id=access.account_id,
        user=user,
        defaults={"role": role, "inviter_id": access.user_id, "auto_offline": auto_offline, **chosen},
    )
    if not linked:
        raise Invalid(
            _("Email belongs to a member of this account already."), attributes=["email"], code="taken"
        )
    record_audit(
        actor=access.actor,
        account_id=access.account_id,
        action="member.invited",
        subject=member,
        changes={"email": [None, address], "role": [None, Role(role).name.lower()]},
    )
    _changed(access, user.pk)
    mail = partial(
        send_invitation, user=user, account=member.account, inviter=access.actor.name, is_new=is_new
    )
    transaction.on_commit(mail, robust=True)
    return member


def _find_or_create_user(address: str, name: str) -> tuple[User, bool]:
    user = User.objects.filter(email__iexact=address).first()
    if user is not None:
        _require_proven(user, address)
        return user, False
    try:
        with transaction.atomic():
            named = clean_name(name or address.split("@")[0])
            return User.objects.create_user(address, None, name=named), True
    except IntegrityError:  # another account invited the same person at this moment
        return User.objects.get(email__iexact=address), False


def _require_proven(user: User, address: str) -> None:
    # Who signed up with, or changed to, somebody else's address must not be let in by an invitation meant
    # for its owner. Without a row the address came from an operator or an invitation.
    if EmailAddress.objects.filter(user=user, email__iexact=address, verified=False).exists():
        raise Invalid(
            _("Email has not been confirmed by its owner yet."), attributes=["email"], code="unproven"
        )


@transaction.atomic
def change_role(*, access: Asker, membership_id: int, role: int) -> Membership:
    """Raises Forbidden, NotFound, and Invalid for the last administrator."""
    require(access, "member.update")
    role = clean_choice(role, Role, field="role")
    member, is_last = _lock(access, membership_id)
    if member.role == role:
        return member
    if is_last:
        raise Invalid(_("The last administrator of an account keeps that role."), attributes=["role"])
    old, member.role = member.role, role
    member.save(update_fields=["role", "updated_at"])
    changes = {"role": [Role(old).name.lower(), Role(role).name.lower()]}
    record_audit(
        actor=access.actor,
        account_id=access.account_id,
        action="member.role_changed",
        subject=member,
        changes=changes,
    )
    _changed(access, member.user_id)
    return member


@transaction.atomic
def remove_member(*, access: Asker, membership_id: int) -> None:
    """Their conversations become unassigned; inboxes, teams and grants go with the membership. Raises
    Forbidden, NotFound, and Invalid for the last administrator."""
    require(access, "member.remove")
    member, is_last = _lock(access, membership_id)
    if is_last:
        raise Invalid(_("The last administrator of an account cannot be removed."), attributes=["role"])
    record_audit(
        actor=access.actor,
        account_id=access.account_id,
        action="member.removed",
        subject=member,
        changes={"email": [member.user.email, None], "role": [Role(member.role).name.lower(), None]},
    )
    # By hand: Django would look for the assigned conversations without naming the account, and so without
    # an index. The composite keys do it with one.
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM accounts_membership WHERE account_id = %s AND id = %s",
            [access.account_id, member.pk],
        )
    _changed(access, member.user_id)


def _changed(access: Asker, user_id: int) -> None:
    forget_availabilities(access.account_id)
    announce_access(actor=access.actor, account_id=access.account_id, user_id=user_id)


@transaction.atomic
def rename_member(*, access: Asker, membership_id: int, name: str) -> Membership:
    """The name is the person's and not the account's: theirs alone to change once they are in a second account, or
    an operator. Raises Forbidden, NotFound, Invalid."""
    require(access, "member.update")
    member = find_member(access, membership_id)
    named = clean_name(name)
    if named == member.user.name:
        return member
    with platform_scope("whether a person also belongs to another account"):
        elsewhere = Membership.objects.filter(user_id=member.user_id).exclude(pk=member.pk).exists()
    if elsewhere or member.user.is_superuser:
        raise Forbidden(_("They also work elsewhere: only they can change their name. Nothing was changed."))
    changes = {"name": [member.user.name, named]}
    member.user.name = named
    member.user.save(update_fields=["name", "updated_at"])
    record_audit(
        actor=access.actor,
        account_id=access.account_id,
        action="member.renamed",
        subject=member,
        changes=changes,
    )
    return member


@transaction.atomic
def set_availability(
    *,
    access: Asker,
    membership_id: int,
    availability: int | None = None,
    auto_offline: bool | None = None,
) -> Membership:
    """Of oneself; of others by those who may change members. Raises Forbidden, NotFound, Invalid."""
    member = find_member(access, membership_id)
    if member.user_id != access.user_id:
        require(access, "member.update")
    if availability is not None:
        member.availability = clean_choice(availability, Availability, field="availability")
    if auto_offline is not None:
        member.auto_offline = bool(auto_offline)
    member.save(update_fields=["availability", "auto_offline", "updated_at"])
    forget_availabilities(access.account_id)
    return member


@transaction.atomic
def choose_notifications(
    *, access: Asker, email: list[str] | None = None, push: list[str] | None = None
) -> Membership:
    """What the asker wants to hear of in this account, among NOTIFICATION_TYPES. Raises NotFound, Invalid."""
    member = _own(access)
    if email is not None:
        member.email_notifications = _clean_notifications(email, field="selected_email_flags")
    if push is not None:
        member.push_notifications = _clean_notifications(push, field="selected_push_flags")
    member.save(update_fields=["email_notifications", "push_notifications", "updated_at"])
    return member


def _clean_notifications(kinds: list[str], *, field: str) -> list[str]:
    if set(kinds) - set(NOTIFICATION_TYPES):
        raise Invalid(_("%(field)s has a flag that does not exist.") % {"field": field}, attributes=[field])
    return [kind for kind in NOTIFICATION_TYPES if kind in kinds]


def _own(access: Asker) -> Membership:
    members = Membership.objects.for_account(access.account_id).select_for_update(no_key=True)
    member = members.filter(user_id=access.user_id).first()
    if member is None:
        raise NotFound(_("There is no such member."))
    return member


def use_account(*, user: User, account_id: int) -> None:
    """Remember that this is the account the person used last. Raises NotFound."""
    with account_scope(account_id):
        members = Membership.objects.for_account(account_id).filter(user=user)
        if not members.filter(account__status=Account.Status.ACTIVE).update(active_at=Now()):
            raise NotFound(_("There is nothing here, or it is not yours to see."))


def find_member(access: Asker, membership_id: int) -> Membership:
    """With user. Raises NotFound."""
    members = Membership.objects.for_account(access.account_id).select_related("user")
    member = members.filter(pk=membership_id).first()
    if member is None:
        raise NotFound(_("There is no such member."))
    return member


def _lock(access: Asker, membership_id: int) -> tuple[Membership, bool]:
    """The member, locked together with all administrators (in one order), and whether it is the last one
    of them who can sign in: of two administrators who remove each other one has to stay."""
    members = (
        Membership.objects.for_account(access.account_id)
        .filter(Q(role=Role.ADMINISTRATOR) | Q(pk=membership_id))
        .select_related("user")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    locked = {member.pk: member for member in members}
    member = locked.pop(membership_id, None)
    if member is None:
        raise NotFound(_("There is no such member."))
    others = any(other.is_administrator and other.user.is_active for other in locked.values())
    return member, member.is_administrator and not others
