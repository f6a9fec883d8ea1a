"""The mail that tells somebody of their new account. It names the public address, never the request's host."""

from __future__ import annotations

from allauth.account import app_settings
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Account, User


def send_invitation(*, user: User, account: Account, inviter: str, is_new: bool) -> None:
    """To a new user with a link for choosing a password (good for an hour, once), to others with the
    address of the account. In the account's language."""
    with override(account.locale):
        values = {"inviter": inviter or "Parley", "account": account.name, "url": _address(user, is_new)}
        subject = _("%(inviter)s invited you to %(account)s") % values
        text = _(_NEW if is_new else _LINKED) % {
            **values,
            "again": _public(reverse("account_reset_password")),
        }
    # One line, whatever somebody called their account.
    send_mail(" ".join(subject.split()), text, None, [user.email])


_NEW = """%(inviter)s invited you to work in %(account)s on Parley.

Choose your password here (the link works once, within an hour):
%(url)s

Later than that? Ask for a new link with this e-mail address:
%(again)s
"""

_LINKED = """%(inviter)s added you to %(account)s on Parley. Sign in as you always do:
%(url)s
"""


def _address(user: User, is_new: bool) -> str:
    if not is_new:
        return _public("/app/")
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    uid = user_pk_to_url_str(user)
    return _public(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key}))


def _public(path: str) -> str:
    return f"{settings.PUBLIC_URL}{path}"
