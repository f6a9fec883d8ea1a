"""`manage.py seed_demo`: a believable small shop with its people, once. Credentials are random and go to
DATA_DIR/demo.json (mode 0600), which is written again if it was lost."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.models import AccessToken, Account, Membership, PlatformApp, Role, User
from channels_ext.demo.cast import AGENTS, NEIGHBOUR, SHOP
from channels_ext.demo.furniture import furnish
from channels_ext.models import ApiChannel, WebWidget
from config import context
from config.database import account_scope, platform_scope
from inboxes.models import Inbox, InboxMember


class Command(BaseCommand):
    help = "Creates the demo accounts once and writes their credentials to DATA_DIR/demo.json."

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.DATA_DIR / "demo.json"
        shop = _demo_account("shop")
        if shop and path.exists():
            return
        with context.entered(executor="command:seed_demo"):
            _write(path, _seed())
        self.stdout.write(f"demo credentials: {path}")


def _demo_account(key: str) -> Account | None:
    with platform_scope("the demo is looked for among all accounts"):
        return Account.objects.filter(custom_attributes__demo=key).first()


def _account(key: str, name: str) -> Account:
    known = _demo_account(key)
    if known:
        return known
    with platform_scope("an account is created outside of any account"):
        return Account.objects.create(name=name, custom_attributes={"demo": key})


def _seed() -> dict[str, Any]:
    shop, neighbour = _account("shop", SHOP), _account("neighbour", NEIGHBOUR)
    admin, agent = (_person(name, email) for name, email, _teams, _availability in AGENTS[:2])
    other = _person("Dora Lindt", "dora@globex.example")
    with account_scope(shop.pk):
        alice, bob = _member(shop, admin, Role.ADMINISTRATOR), _member(shop, agent, Role.AGENT)
        site, api = _website(shop, "Harbor & Oak shop"), _api_inbox(shop, "Orders API")
        _join(shop, [site, api], [alice, bob])
    with account_scope(neighbour.pk):
        _member(neighbour, other, Role.ADMINISTRATOR)
        _website(neighbour, "Globex site")
    furnish(account_id=shop.pk, shop_inbox_id=site.inbox_id, api_inbox_id=api.inbox_id)
    platform, _created = PlatformApp.objects.get_or_create(name="Demo platform app")
    return {
        "base_url": settings.PUBLIC_URL,
        "account_id": shop.pk,
        "admin": _credentials(admin),
        "agent": _credentials(agent),
        "website_token": site.website_token,
        "widget_color": site.widget_color,
        "inbox_identifier": api.identifier,
        "platform_token": AccessToken.issue(platform_app=platform).token,
        "other": {"account_id": neighbour.pk, "admin": _credentials(other)},
    }


def _person(name: str, email: str) -> User:
    return User.objects.filter(email=email).first() or User.objects.create_user(email, None, name=name)


def _credentials(user: User) -> dict[str, str]:
    password = secrets.token_urlsafe(15)
    user.set_password(password)
    user.save(update_fields=["password", "updated_at"])
    return {"email": user.email, "password": password, "api_access_token": AccessToken.issue(user=user).token}


def _member(account: Account, user: User, role: int) -> Membership:
    members = Membership.objects.for_account(account)
    return members.get_or_create(user=user, defaults={"account": account, "role": role})[0]


def _website(account: Account, name: str) -> WebWidget:
    known = WebWidget.objects.for_account(account).first()
    if known:
        return known
    inbox = Inbox.objects.create(account=account, name=name, kind="web_widget")
    return WebWidget.objects.create(
        account=account,
        inbox=inbox,
        website_url="https://harbor-oak.example",
        widget_color="#0f5e4d",
        welcome_title="Hello there",
        welcome_tagline="Ask us about oak, orders or delivery. We usually answer within minutes.",
    )


def _api_inbox(account: Account, name: str) -> ApiChannel:
    known = ApiChannel.objects.for_account(account).first()
    if known:
        return known
    inbox = Inbox.objects.create(account=account, name=name, kind="api")
    url = os.environ.get("DEMO_WEBHOOK_URL", "")
    return ApiChannel.objects.create(account=account, inbox=inbox, webhook_url=url)


def _join(account: Account, channels: list[Any], members: list[Membership]) -> None:
    for channel in channels:
        for member in members:
            InboxMember.objects.get_or_create(account=account, inbox_id=channel.inbox_id, membership=member)


def _write(path: Path, values: dict[str, Any]) -> None:
    """Complete or not at all, and never readable for others, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(values, file, indent=2)
        file.write("\n")
    os.replace(draft, path)
