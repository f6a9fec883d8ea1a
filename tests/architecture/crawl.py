"""Every route of the site as a request: what the URL resolver knows, filled with rows of the cast."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import get_resolver

from accounts.actions.sessions import open_session
from accounts.actions.tokens import create_token
from accounts.models import Account, AgentBot, DashboardApp, Membership, Role, User
from automation.models import AutomationRule, IntegrationHook, Macro, WebhookDelivery
from channels_ext.models import ApiChannel, WebWidget
from channels_ext.widget.auth import issue_visitor_token
from config.database import account_scope
from conversations import links
from conversations.models import (
    Article,
    Attachment,
    Campaign,
    CannedResponse,
    Category,
    Company,
    CustomAttributeDefinition,
    CustomFilter,
    Label,
    Message,
    Note,
    Notification,
    Portal,
    SlaPolicy,
)
from inboxes.models import (
    AssignmentPolicy,
    CapacityLimit,
    CapacityMember,
    CapacityPolicy,
    Inbox,
    InboxAssignmentPolicy,
    Webhook,
)
from tests import factories
from tests.factories import Cast

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ACTORS = ("anonymous", "charlie", "bob", "alice", "operator")
MISSING = 987_654_321
BY_TOKEN = (
    "api/v1/accounts/",
    "api/v2/accounts/",
    "api/v1/profile",
    "platform/",
    "auth/",
    "api/v1/notification_subscriptions",
)


@functools.cache
def routes() -> list[str]:
    """Every pattern, joined: "app/accounts/<id:account_id>/dashboard"."""
    return sorted(set(_walk(get_resolver().url_patterns, "")))


def _walk(patterns: Any, prefix: str) -> Iterator[str]:
    for one in patterns:
        text = prefix + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from _walk(one.url_patterns, text)
        else:
            yield text


@dataclass
class Stage:
    """The cast with something of everything, the actors' clients, and values for every parameter."""

    cast: Cast
    operator: User
    values: dict[str, Any] = field(default_factory=dict)
    _clients: dict[tuple[str, bool], Client] = field(default_factory=dict)

    def path(self, route: str, **values: Any) -> str:
        known = {**self.values, **values}

        def fill(match: re.Match[str]) -> str:
            return str(known[match["converted"] or match["named"]])

        plain = re.sub(
            r"<(?:\w+:)?(?P<converted>\w+)>|\(\?P<(?P<named>\w+)>(?:[^()]|\([^()]*\))*\)", fill, route
        )
        return "/" + plain.replace("^", "").replace("$", "").replace("\\", "")

    def client(self, actor: str, *, by_token: bool) -> Client:
        if (actor, by_token) not in self._clients:
            self._clients[actor, by_token] = self._new_client(actor, by_token)
        return self._clients[actor, by_token]

    def _new_client(self, actor: str, by_token: bool) -> Client:
        if actor == "anonymous":
            return Client()
        user = self.operator if actor == "operator" else getattr(self.cast, actor).user
        if by_token:
            return Client(HTTP_API_ACCESS_TOKEN=factories.token_of(user))
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    def ask(self, actor: str, route: str, method: str = "GET", **values: Any) -> Any:
        """The answer. Whatever it wrote is taken back, cookies too."""
        by_token = route.startswith(BY_TOKEN)
        client = self.client(actor, by_token=by_token)
        cookies = client.cookies.output()
        kept = {name: morsel.value for name, morsel in client.cookies.items()}
        if not route.startswith("admin/"):
            cache.clear()  # the limits of sign-in
        with transaction.atomic():
            answer = client.generic(method, self.path(route, **values), **self._rest(route, method))
            transaction.set_rollback(True)
        if client.cookies.output() != cookies:
            client.cookies.clear()
            for name, value in kept.items():
                client.cookies[name] = value
        return answer

    def _rest(self, route: str, method: str) -> dict[str, Any]:
        is_widget = route == "widget" or route.startswith("api/v1/widget/")
        rest: dict[str, Any] = {}
        if is_widget:
            rest["QUERY_STRING"] = f"website_token={self.values['website_token']}"
            rest["HTTP_X_AUTH_TOKEN"] = self.values["visitor_token"]
        if method != "GET" and route.startswith(("api/", "public/", "auth/")):
            rest |= {"data": "{}", "content_type": "application/json"}
        elif method != "GET":
            rest |= {"data": "", "content_type": "application/x-www-form-urlencoded"}
        return rest


def set_the_stage(cast: Cast) -> Stage:
    operator = factories.make_user("Olga", is_superuser=True)
    team = factories.make_team(cast.account, "sales", cast.bob)
    message = factories.hear(cast.vera, "Hello")
    with account_scope(cast.account.pk):
        Label.objects.create(account=cast.account, title="vip")
        attachment = Attachment.objects.create(
            account=cast.account,
            message_id=message["id"],
            file=SimpleUploadedFile("notes.txt", b"notes"),
            content_type="text/plain",
            file_size=5,
        )
        channel, widget = ApiChannel.objects.get(), WebWidget.objects.get()
    session = factories.make_session(cast.api_inbox, "Wanda")
    factories.hear(session, "Hello from the API")
    with account_scope(cast.account.pk):
        talk = session.conversations.get()
        line = Message.objects.for_account(cast.account).get(conversation=talk)
        note = Note.objects.create(
            account=cast.account, contact=talk.contact, user=cast.alice.user, content="x"
        )
    signed = links.signed_path(account_id=cast.account.pk, attachment_id=attachment.pk, name="notes.txt")
    things = settings_of(cast.account, cast.bob, cast.inbox)
    with account_scope(cast.account.pk):
        things |= automation_of(cast.account, cast.bob, things["webhook_id"])
        things["notification_id"] = Notification.objects.create(
            account=cast.account,
            membership=cast.bob,
            conversation=talk,
            notification_type=Notification.Type.CONVERSATION_ASSIGNMENT,
            outbox_event_id=0,
        ).pk
    stage = Stage(cast=cast, operator=operator)
    stage.values = {
        "account_id": cast.account.pk,
        **things,
        "inbox_id": cast.inbox.pk,
        "team_id": team.pk,
        "label": "vip",
        "title": "vip",
        "display_id": talk.display_id,
        "message_id": line.pk,
        "contact_id": session.contact_id,
        "note_id": note.pk,
        "attachment_id": attachment.pk,
        "variant": "original",
        "upload_id": MISSING,
        "session_id": open_session(user=cast.bob.user)[0].pk,
        "token_id": create_token(person=cast.bob.user, name="mine")[0].pk,
        "identifier": channel.identifier,
        "source_id": session.source_id,
        "token": signed.split("/")[2],
        "name": "notes.txt",
        "signed": "forged",
        "response_id": MISSING,
        "conversation_uuid": "00000000-0000-4000-8000-000000000000",
        "colour": "2f5fd7",
        "key": "x-y",
        "uidb36": "1",
        "app_label": "accounts",
        "url": "nothing",
        "id": operator.pk,
        "object_id": MISSING,
        "website_token": widget.website_token,
        "visitor_token": issue_visitor_token(cast.vera),
    }
    factories.make_member(cast.account, factories.make_user("Adam"), Role.ADMINISTRATOR)
    return stage


def settings_of(account: Account, member: Membership, inbox: Inbox) -> dict[str, Any]:
    """A value for each parameter of the routes about what an account keeps: rows of this one, the member's where
    they are somebody's."""
    with account_scope(account.pk):
        return {
            "user_id": member.user_id,
            "bot_id": AgentBot.objects.create(account=account, name="bot").pk,
            "webhook_id": Webhook.objects.create(account=account, url="https://shop.test/hook").pk,
            "label_id": Label.objects.create(account=account, title="urgent").pk,
            "canned_id": CannedResponse.objects.create(account=account, short_code="hi", content="Hi").pk,
            "definition_id": CustomAttributeDefinition.objects.create(account=account, attribute_key="k").pk,
            "filter_id": CustomFilter.objects.create(account=account, membership=member, name="mine").pk,
            **help_centre_of(account),
            **promises_of(account, member, inbox),
            "app_id": DashboardApp.objects.create(account=account, title="Orders", content=[]).pk,
        }


def promises_of(account: Account, member: Membership, inbox: Inbox) -> dict[str, Any]:
    """A service level; and a campaign, whose number another account's has not."""
    campaign = Campaign.objects.create(
        account=account,
        display_id=account.pk,
        inbox=inbox,
        title="hello",
        message="hello",
        trigger_rules={"url": "https://shop.test/"},
    )
    policy = SlaPolicy.objects.create(account=account, name="gold")
    capacity = CapacityPolicy.objects.create(account=account, name="ten")
    limit = CapacityLimit.objects.create(account=account, policy=capacity, inbox=inbox, conversation_limit=10)
    CapacityMember.objects.create(account=account, policy=capacity, membership=member)
    company = Company.objects.create(account=account, name="company")
    order = AssignmentPolicy.objects.create(account=account, name="fair")
    InboxAssignmentPolicy.objects.create(account=account, inbox=inbox, assignment_policy=order)
    return {
        "sla_id": policy.pk,
        "campaign_id": campaign.display_id,
        "assignment_policy_id": order.pk,
        "company_id": company.pk,
        "capacity_id": capacity.pk,
        "limit_id": limit.pk,
    }


def help_centre_of(account: Account) -> dict[str, Any]:
    """A portal with a published article in a category."""
    portal = Portal.objects.create(account=account, name="Help", slug=f"help-{account.pk}")
    category = Category.objects.create(account=account, portal=portal, name="Money", slug="money")
    article = Article.objects.create(
        account=account,
        portal=portal,
        category=category,
        title="Refunds",
        slug="refunds",
        content="x",
        status=1,
    )
    ids = {"category_id": category.pk, "article_id": article.pk}
    return {**ids, "slug": portal.slug, "locale": "en", "category": "money", "article": "refunds"}


def automation_of(account: Account, member: Membership, webhook_id: int) -> dict[str, Any]:
    """What follows by itself: a rule, a macro of the member that everybody sees, an integration, a webhook's log."""
    does = [{"action_name": "resolve_conversation", "action_params": []}]
    delivery = WebhookDelivery.objects.create(
        account=account, webhook_id=webhook_id, key="k", event_name="x", lane="x", body="{}"
    )
    rule = AutomationRule.objects.create(
        account=account, name="rule", event_name="message_created", actions=does
    )
    macro = Macro.objects.create(
        account=account, name="macro", visibility=1, actions=does, created_by_id=member.user_id
    )
    return {
        "rule_id": rule.pk,
        "macro_id": macro.pk,
        "integration": "openai",
        "hook_id": IntegrationHook.objects.create(account=account, app_id="slack").pk,
        "delivery_id": delivery.pk,
    }


def settings_parameters() -> list[str]:
    of_people = ["user_id", "bot_id", "app_id", "webhook_id"]
    of_help = [
        "category_id",
        "article_id",
        "campaign_id",
        "sla_id",
        "assignment_policy_id",
        "company_id",
        "capacity_id",
        "limit_id",
    ]
    return [*of_people, *of_help, "label_id", "canned_id", "definition_id", "filter_id"]


def admin_routes() -> dict[str, tuple[Any, str]]:
    """Route → its model's admin and page, for the pages that Django makes per model."""
    found: dict[str, tuple[Any, str]] = {}
    for model, one in admin.site._registry.items():
        base = f"admin/{model._meta.app_label}/{model._meta.model_name}/"
        pages = {"": "changelist", "add/": "add", "autocomplete/": "autocomplete"}
        pages |= {f"<path:object_id>/{page}/": page for page in ("change", "delete", "history")}
        found |= {base + rest: (one, page) for rest, page in pages.items()}
        found[f"{base}<path:object_id>/"] = (one, "redirect")
    return found
