"""What a platform app does from outside of all accounts: open accounts, bring people, offer bots. Each works only
on what it made or was granted, and signs in only as people who are nobody else's."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.access import announce_access, announce_access_everywhere
from accounts.actions.accounts import clean_account_values
from accounts.actions.audit import record_audit
from accounts.actions.bots import assign_bot
from accounts.actions.input import clean_choice, clean_email, clean_name
from accounts.actors import Actor
from accounts.avatars import replace_avatar
from accounts.events import AccessChanged
from accounts.features import forget_features
from accounts.models import (
    AccessToken,
    Account,
    AgentBot,
    Membership,
    PlatformApp,
    PlatformAppPermissible,
    Role,
    SystemBot,
    User,
)
from accounts.presence import forget_availabilities
from accounts.queries.platform import find_permitted, may_be
from config.events import publish
from config.problems import Forbidden, Invalid


def program_actor(*, program: PlatformApp) -> Actor:
    return Actor("system", program.pk, program.name)


@transaction.atomic
def open_program(*, name: str) -> str:
    """By whoever has the server's shell. Returns the token. Raises Invalid."""
    program = PlatformApp.objects.create(name=clean_name(name))
    return AccessToken.issue(platform_app=program).token


def grant(*, program: PlatformApp, row: Any, is_own: bool = True) -> None:
    """The program may reach it from now on. What it may do already it keeps."""
    PlatformAppPermissible.objects.get_or_create(
        platform_app=program,
        permissible_type=ContentType.objects.get_for_model(row),
        permissible_id=row.pk,
        defaults={"is_own": is_own},
    )


# --- accounts -------------------------------------------------------------------------------------------------
@transaction.atomic
def create_account(*, program: PlatformApp, **values: Any) -> Account:
    """Raises Invalid."""
    account = Account()
    _assign(account, values)
    account.save()
    grant(program=program, row=account)
    _audit(program, account.pk, account, "account.created", {"name": [None, account.name]})
    return account


@transaction.atomic
def update_account(*, program: PlatformApp, account_id: int, **values: Any) -> Account:
    """Raises Forbidden, Invalid."""
    find_permitted(program, Account, account_id)
    account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
    changes = _assign(account, values)
    account.save()
    forget_features(account.pk)
    _audit(program, account.pk, account, "account.updated", changes)
    if "status" in changes:
        _reconsider(program, account)
    return account


def _assign(account: Account, values: dict[str, Any]) -> dict[str, list[Any]]:
    values = clean_account_values(values=values)
    for field in ("features", "custom_attributes"):
        if field in values:
            values[field] = {**getattr(account, field), **values[field]}
    changes = {field: [getattr(account, field), new] for field, new in values.items()}
    for field, new in values.items():
        setattr(account, field, new)
    return {field: pair for field, pair in changes.items() if pair[0] != pair[1]}


@transaction.atomic
def retire_account(*, program: PlatformApp, account_id: int) -> None:
    """Closed at once and marked for deletion; its rows stay until an operator deletes them. Raises Forbidden."""
    account = find_permitted(program, Account, account_id)
    account.status = Account.Status.SUSPENDED
    account.custom_attributes["marked_for_deletion_at"] = timezone.now().isoformat()
    account.save()
    _permissible(program, account).delete()
    _audit(program, account.pk, account, "account.deleted", {"name": [account.name, None]})
    _reconsider(program, account)


def _reconsider(program: PlatformApp, account: Account) -> None:
    # Of nobody in particular: every socket of the account asks again.
    actor = program_actor(program=program).as_payload()
    publish(AccessChanged(account_id=account.pk, actor=actor, user_id=0))


# --- who is in them -------------------------------------------------------------------------------------------
@transaction.atomic
def put_member(*, program: PlatformApp, account_id: int, user_id: int, role: int = Role.AGENT) -> Membership:
    """Into the account, or with another role. Raises Forbidden, Invalid."""
    account = find_permitted(program, Account, account_id)
    user = find_permitted(program, User, user_id)
    role = clean_choice(role, Role, field="role")
    member, _is_new = Membership.objects.update_or_create(account=account, user=user, defaults={"role": role})
    _member_changed(program, member, "member.invited", {"role": [None, Role(role).name.lower()]})
    return member


@transaction.atomic
def take_member(*, program: PlatformApp, account_id: int, user_id: int) -> None:
    """Who is not in it is passed over. Raises Forbidden."""
    account = find_permitted(program, Account, account_id)
    member = Membership.objects.for_account(account).select_related("user").filter(user_id=user_id).first()
    if member is not None:
        _remove(program, member)


def _remove(program: PlatformApp, member: Membership) -> None:
    _member_changed(program, member, "member.removed", {"email": [member.user.email, None]})
    with connection.cursor() as cursor:  # by hand, as in members.remove_member
        cursor.execute(
            "DELETE FROM accounts_membership WHERE account_id = %s AND id = %s",
            [member.account_id, member.pk],
        )


def _member_changed(program: PlatformApp, member: Membership, action: str, changes: dict[str, Any]) -> None:
    _audit(program, member.account_id, member, action, changes)
    forget_availabilities(member.account_id)
    announce_access(
        actor=program_actor(program=program), account_id=member.account_id, user_id=member.user_id
    )


# --- people ---------------------------------------------------------------------------------------------------
@transaction.atomic
def bring_user(
    *, program: PlatformApp, email: str, name: str = "", password: str | None = None, **values: Any
) -> User:
    """Somebody new, or who has the address already: they are known to the program then, and not changed. Raises
    Invalid."""
    address = clean_email(email)
    known = User.objects.filter(email__iexact=address).first()
    if known is not None:
        grant(program=program, row=known, is_own=False)
        return known
    named = clean_name(name or address.split("@")[0])
    if password is not None:
        _check_password(password, User(email=address, name=named))
    try:
        with transaction.atomic():
            user = User.objects.create_user(address, password, name=named, **values)
    except IntegrityError:
        raise Invalid(_("Email is in use already."), attributes=["email"], code="taken") from None
    EmailAddress.objects.create(user=user, email=address, primary=True, verified=True)
    AccessToken.issue(user=user)
    grant(program=program, row=user)
    return user


@transaction.atomic
def update_user(*, program: PlatformApp, user_id: int, **values: Any) -> User:
    """Name, display_name, email, password, custom_attributes. Raises Forbidden, Invalid."""
    user = _own_user(program, user_id)
    ends_sessions = {"email", "password"} & values.keys()
    if "name" in values:
        user.name = clean_name(values["name"])
    for field in {"display_name", "custom_attributes"} & values.keys():
        setattr(user, field, values[field])
    if "email" in values:
        _change_address(user, clean_email(values["email"]))
    if "password" in values:
        _check_password(values["password"], user)
        user.set_password(values["password"])
    if ends_sessions:
        user.rotate_streams()
    _save(user)
    if ends_sessions:
        announce_access_everywhere(actor=program_actor(program=program), user_id=user.pk)
    return user


def _change_address(user: User, address: str) -> None:
    user.email = address
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=address, primary=True, verified=True)


def _save(user: User) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise Invalid(_("Email is in use already."), attributes=["email"], code="taken") from None


@transaction.atomic
def retire_user(*, program: PlatformApp, user_id: int) -> None:
    """Out of every account and out for good. The name stays beside what they wrote; the address is free again.
    Raises Forbidden."""
    user = _own_user(program, user_id)
    for member in Membership.objects.filter(user=user).select_related("user"):
        _remove(program, member)
    AccessToken.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    _permissible(program, user).delete()
    user.email, user.is_active = f"deleted-{user.pk}@users.invalid", False
    user.set_unusable_password()
    user.rotate_streams()
    user.save()


@transaction.atomic
def token_of_user(*, program: PlatformApp, user_id: int) -> str:
    """Their API token. Raises Forbidden."""
    user = _own_user(program, user_id)
    held = AccessToken.objects.filter(user=user, name="").first()
    return (held or AccessToken.issue(user=user)).token


def _own_user(program: PlatformApp, user_id: int) -> User:
    user = find_permitted(program, User, user_id)
    if not may_be(program, user):
        raise Forbidden(_("This person is not the program's alone. Nothing was changed."))
    return user


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), attributes=["password"]) from None


# --- bots -----------------------------------------------------------------------------------------------------
_NEXT_BOT = "SELECT nextval(pg_get_serial_sequence('accounts_agentbot', 'id'))"


@transaction.atomic
def create_bot(*, program: PlatformApp, account_id: int | None = None, **values: Any) -> Any:
    """In an account, or without one for all of them. Raises Forbidden, Invalid."""
    bot: Any
    if account_id is not None:
        bot = AgentBot(account=find_permitted(program, Account, account_id))
    else:
        with connection.cursor() as cursor:
            cursor.execute(_NEXT_BOT)
            bot = SystemBot(id=cursor.fetchone()[0])
    assign_bot(bot=bot, values=values)
    bot.save()
    owner = "agent_bot" if account_id is not None else "system_bot"
    AccessToken.issue(**{owner: bot})
    grant(program=program, row=bot)
    return bot


@transaction.atomic
def update_bot(*, program: PlatformApp, bot: Any, **values: Any) -> Any:
    """Raises Invalid."""
    assign_bot(bot=bot, values=values)
    bot.save()
    return bot


@transaction.atomic
def change_bot_avatar(*, program: PlatformApp, bot: Any, upload: Any | None) -> None:
    """None takes the picture away. Raises Invalid, TooLarge."""
    replace_avatar(bot, upload)


@transaction.atomic
def delete_bot(*, program: PlatformApp, bot: Any) -> None:
    _permissible(program, bot).delete()
    bot.delete()


def _permissible(program: PlatformApp, row: Any) -> Any:
    kind = ContentType.objects.get_for_model(row)
    return PlatformAppPermissible.objects.filter(
        platform_app=program, permissible_type=kind, permissible_id=row.pk
    )


def _audit(program: PlatformApp, account_id: int, subject: Any, action: str, changes: dict[str, Any]) -> None:
    actor = program_actor(program=program)
    record_audit(actor=actor, account_id=account_id, action=action, subject=subject, changes=changes)
