"""What the calls need: people, inboxes and conversations by the factories, everything else through the API."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType

from accounts.models import Account, AgentBot, PlatformApp, PlatformAppPermissible, Role
from channels_ext.models import ApiChannel, WebWidget
from channels_ext.widget.auth import issue_visitor_token
from config.database import account_scope, platform_scope
from conversations.models import ContactInbox, Conversation, Message, Notification
from tests import factories

if TYPE_CHECKING:
    from tests.contract.world import World


def _talk(world: World) -> int:
    heard = factories.hear(world.cast.vera, "Where is my parcel?")
    factories.say(world.cast.bob, heard["conversation_id"], "Let me look")
    return int(heard["conversation_id"])


def _public_session(world: World) -> ContactInbox:
    return factories.make_session(world.cast.api_inbox, "Wei")


def _public_talk(world: World) -> int:
    return int(factories.hear(world.get("p_session"), "Hello")["conversation_id"])


def _question(world: World) -> int:
    items = {"items": [{"title": "Blue", "value": "blue"}, {"title": "Red", "value": "red"}]}
    said = factories.say(
        world.cast.bob,
        world.get("public_talk"),
        "Which colour?",
        content_type="input_select",
        content_attributes=items,
    )
    return int(said["id"])


def _erin(world: World) -> int:
    return factories.make_member(world.cast.account, factories.make_user("Erin")).user_id


def _identifier(world: World) -> str:
    with account_scope(world.cast.account.pk):
        return str(ApiChannel.objects.get(inbox=world.cast.api_inbox).identifier)


def _team(world: World) -> int:
    return int(factories.make_team(world.cast.account, f"team {uuid.uuid4().hex[:6]}", world.cast.bob).pk)


def _bot(world: World) -> int:
    with account_scope(world.cast.account.pk):
        return int(AgentBot.objects.create(account=world.cast.account, name="Robo").pk)


def _survey(world: World) -> str:
    """The uuid of a conversation that was asked how it went."""
    account = world.cast.account
    with account_scope(account.pk):
        talk = Conversation.objects.get(display_id=world.get("talk"))
        Message.objects.create(
            account=account,
            conversation=talk,
            inbox_id=talk.inbox_id,
            message_type=Message.Type.TEMPLATE,
            content_type=Message.ContentType.INPUT_CSAT,
            content="How was it?",
        )
        return str(talk.uuid)


def _permit(app: PlatformApp, thing: Any) -> None:
    kind = ContentType.objects.get_for_model(thing)
    PlatformAppPermissible.objects.create(platform_app=app, permissible_type=kind, permissible_id=thing.pk)


def _p_account(world: World) -> int:
    with platform_scope("tests give a platform app an account"):
        account = Account.objects.create(name="Initech")
        _permit(world.get("p_app"), account)
    return int(account.pk)


def _p_user(world: World) -> int:
    email = f"{uuid.uuid4().hex[:8]}@initech.test"
    body = {"name": "Pia", "email": email, "password": factories.PASSWORD}
    return int(world.made("/platform/api/v1/users", body, "id", who="platform"))


def _p_member(world: World) -> int:
    user = factories.make_user("Paul")
    _permit(world.get("p_app"), user)
    with platform_scope("tests"):
        account = Account.objects.get(pk=world.get("p_account"))
    return factories.make_member(account, user, Role.AGENT).user_id


def _visitor_token(world: World) -> str:
    factories.hear(world.cast.vera, "Do you deliver?")
    return issue_visitor_token(world.cast.vera)


def _website_token(world: World) -> str:
    with account_scope(world.cast.account.pk):
        return str(WebWidget.objects.get(inbox=world.cast.inbox).website_token)


def _label_title(world: World) -> str:
    return str(world.made("labels", {"title": "$unique"}, "title"))


def _notification(world: World) -> int:
    cast = world.cast
    with account_scope(cast.account.pk):
        made = Notification.objects.create(
            account=cast.account,
            membership=cast.alice,
            conversation=Conversation.objects.get(display_id=world.get("talk")),
            notification_type=Notification.Type.CONVERSATION_ASSIGNMENT,
            outbox_event_id=0,
        )
    return int(made.pk)


MAKERS: dict[str, Callable[[World], Any]] = {
    "account": lambda world: world.cast.account.pk,
    "alice": lambda world: world.cast.alice.user_id,
    "bob": lambda world: world.cast.bob.user_id,
    "erin": _erin,
    "agent": _erin,
    "inbox": lambda world: world.cast.inbox.pk,
    "api_inbox": lambda world: world.cast.api_inbox.pk,
    "team": _team,
    "bot": _bot,
    "talk": _talk,
    "message": lambda world: factories.say(world.cast.bob, world.get("talk"), "Never mind")["id"],
    "contact": lambda world: (
        factories.make_session(
            world.cast.inbox, "Wei", email=f"{uuid.uuid4().hex[:8]}@customer.test"
        ).contact_id
    ),
    "other_contact": lambda world: factories.make_session(world.cast.inbox, "Wei again").contact_id,
    "canned": lambda world: world.made("canned_responses", {"short_code": "$unique", "content": "Hi"}, "id"),
    "attribute": lambda world: world.made(
        "custom_attribute_definitions",
        {
            "attribute_display_name": "Plan",
            "attribute_key": "$unique",
            "attribute_model": "contact_attribute",
        },
        "id",
    ),
    "filter": lambda world: world.made(
        "custom_filters", {"name": "Mine", "filter_type": "conversation", "query": {}}, "id"
    ),
    "webhook": lambda world: world.made(
        "webhooks", {"url": "https://hooks.shop.test/1"}, "payload", "webhook", "id"
    ),
    "hook": lambda world: world.made(
        "integrations/hooks", {"app_id": "openai", "settings": {"api_key": "sk-test"}}, "id"
    ),
    "rule": lambda world: world.made(
        "automation_rules",
        {
            "name": "Rule",
            "event_name": "message_created",
            "conditions": [],
            "actions": [{"action_name": "resolve_conversation", "action_params": []}],
        },
        "id",
    ),
    "macro": lambda world: world.made(
        "macros",
        {
            "name": "Done",
            "visibility": "global",
            "actions": [{"action_name": "resolve_conversation", "action_params": []}],
        },
        "payload",
        "id",
    ),
    "app": lambda world: world.made(
        "dashboard_apps",
        {"title": "Orders", "content": [{"type": "frame", "url": "https://orders.test"}]},
        "id",
    ),
    "label": lambda world: world.made("labels", {"title": "$unique"}, "id"),
    "label_title": _label_title,
    "note": lambda world: world.made(f"contacts/{world.get('contact')}/notes", {"content": "Hm"}, "id"),
    "notification": _notification,
    "visitor_token": _visitor_token,
    "website_token": _website_token,
    "identifier": _identifier,
    "p_session": _public_session,
    "source": lambda world: world.get("p_session").source_id,
    "public_talk": _public_talk,
    "public_question": _question,
    "survey": _survey,
    "portal": lambda world: world.made("portals", {"name": "Help", "slug": "help-$unique"}, "slug"),
    "p_app": lambda world: PlatformApp.objects.create(name="Panel"),
    "p_account": _p_account,
    "p_user": _p_user,
    "p_member": _p_member,
    "p_bot": lambda world: world.made(
        "/platform/api/v1/agent_bots", {"name": "Robo", "account_id": "$p_account"}, "id", who="platform"
    ),
}
