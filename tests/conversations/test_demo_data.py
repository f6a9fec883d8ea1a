"""The demo account: made once, looks lived in, and goes again with one click, it and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db.models import Count
from django.test import Client

from accounts.models import Account, AgentBot, Membership, Team, User
from channels_ext.demo.cast import AGENTS
from channels_ext.demo.scripts import canned, kitchen, talks
from config.database import account_scope, platform_scope
from config.filestore import sweep
from config.models import HandlerRun, OutboxEvent, StoredFile
from config.problems import Forbidden
from conversations.actions.contacts import open_session
from conversations.actions.demo import MANIFEST, has_demo_data, remove_demo_data
from conversations.actions.inbound import receive_message
from conversations.actions.messages import MessageDraft
from conversations.models import (
    Attachment,
    CannedResponse,
    Contact,
    Conversation,
    ConversationLabel,
    ConversationTally,
    CustomAttributeDefinition,
    Label,
    Message,
    Note,
    Notification,
)
from inboxes.models import Inbox
from inboxes.queries import Access, access_of_user
from reports.models import ReportingEvent
from tests.factories import Cast


@pytest.fixture
def demo(db: None, settings: Any, tmp_path: Path) -> dict[str, Any]:
    """What demo.json says of it."""
    call_command("seed_demo", verbosity=0)
    told: dict[str, Any] = json.loads((tmp_path / "demo.json").read_text())
    return told


def access_of(told: dict[str, Any], who: str = "admin") -> Access:
    with platform_scope("tests look at everything"):
        user = User.objects.get(email=told[who]["email"])
    with account_scope(told["account_id"]):
        access = access_of_user(account_id=told["account_id"], user_id=user.pk)
    assert access is not None
    return access


def test_it_looks_lived_in(demo: dict[str, Any]) -> None:
    account = demo["account_id"]
    with account_scope(account):
        rows = Conversation.objects.for_account(account)
        assert rows.count() > 400
        statuses = dict(rows.values_list("status").annotate(Count("id")))
        assert set(statuses) == {0, 1, 2, 3} and min(statuses.values()) >= 8
        assert set(rows.values_list("priority", flat=True)) == {None, 0, 1, 2, 3}
        assert rows.filter(status=3, snoozed_until=None).count() == 0
        assert rows.filter(status=0, unread_count__gt=0).count() > 10
        assert rows.filter(status=0, waiting_since__isnull=False, assignee=None).count() > 3
        assert Inbox.objects.for_account(account).count() == 4
        assert Membership.objects.for_account(account).values("availability").distinct().count() == 3
        assert Membership.objects.for_account(account).count() == 7
        assert Team.objects.for_account(account).count() == 3
        assert Label.objects.for_account(account).count() == 9
        assert CannedResponse.objects.for_account(account).count() == len(canned()) == 20
        assert CustomAttributeDefinition.objects.for_account(account).count() == 8
        assert Note.objects.for_account(account).count() > 20
        messages = Message.objects.for_account(account)
        longest = messages.values("conversation").annotate(n=Count("id")).order_by("-n")[0]["n"]
        assert longest > 300 and len(kitchen()) == 320
        assert set(messages.values_list("content_type", flat=True)) >= {0, 4, 5, 7, 8, 9}
        assert messages.filter(status=3, content_attributes__has_key="external_error").count() == 1
        assert messages.filter(private=True).count() > 30
        assert messages.filter(sender_bot__isnull=False).count() > 20
        kinds = Attachment.objects.for_account(account).values_list("content_type", flat=True)
        assert set(kinds) == {"image/jpeg", "image/png", "image/webp", "audio/wav", "application/pdf"}
        assert ReportingEvent.objects.for_account(account).count() > 800
        told = Notification.objects.for_account(account)
        assert set(told.values_list("notification_type", flat=True)) == {3, 4, 5}
        assert set(told.values_list("membership__user__name", flat=True)) == {AGENTS[0][0], AGENTS[1][0]}
        assert told.filter(read_at=None).count() > told.exclude(read_at=None).count() > 0
    languages = {script.language for script in talks()}
    assert languages == {"en", "de", "es", "zh", "ar"}


def test_nothing_in_it_lies_in_the_future_or_before_its_conversation(demo: dict[str, Any]) -> None:
    with account_scope(demo["account_id"]):
        now = Account.objects.get(pk=demo["account_id"]).updated_at
        assert not Message.objects.filter(created_at__gt=now).exists()
        for row in Conversation.objects.for_account(demo["account_id"]):
            assert row.created_at <= row.last_activity_at <= now
            assert row.last_message_id is not None


def test_nobody_is_told_and_no_worker_gets_anything_to_do(demo: dict[str, Any]) -> None:
    with platform_scope("tests look at everything"):
        told = OutboxEvent.objects.filter(account_id=demo["account_id"]).values_list(
            "name", "payload__changes"
        )
        assert [name for name, _changes in told] == ["message.updated"] * 2  # previews of the pictures
        assert {key for _name, changes in told for key in changes} == {"previews"}
        assert HandlerRun.objects.count() == 0


def test_it_is_made_once(demo: dict[str, Any], tmp_path: Path) -> None:
    def counted() -> dict[str, int]:
        with account_scope(demo["account_id"]):
            models: tuple[Any, ...] = (Conversation, Message, Contact, Inbox, Label, Team, Membership)
            return {one.__name__: one.objects.for_account(demo["account_id"]).count() for one in models}

    before = counted()
    call_command("seed_demo", verbosity=0)
    (tmp_path / "demo.json").unlink()  # lost: it is written again, with new passwords
    call_command("seed_demo", verbosity=0)
    assert json.loads((tmp_path / "demo.json").read_text())["account_id"] == demo["account_id"]
    assert counted() == before


def everything(account_id: int) -> dict[str, int]:
    models: tuple[Any, ...] = (
        Attachment, Conversation, ConversationLabel, Message, Contact, Inbox, Label, Team, Membership, CannedResponse,
        CustomAttributeDefinition, Note, AgentBot, ReportingEvent,
    )  # fmt: skip
    return {one.__name__: one.objects.filter(account_id=account_id).count() for one in models}


def test_it_goes_with_its_files_and_nothing_of_the_real_ones_does(
    demo: dict[str, Any], settings: Any
) -> None:
    account = demo["account_id"]
    access = access_of(demo)
    with account_scope(account):
        shop = Inbox.objects.for_account(account).order_by("pk")[0]
        session = open_session(inbox=shop, name="Vera")
        draft = MessageDraft(content="A real question", message_type="incoming")
        number = receive_message(session=session, draft=draft)["conversation_id"]
        real = Conversation.objects.for_account(account).get(display_id=number)
        ConversationLabel.objects.create(account_id=account, conversation=real, title="vip")
        Label.objects.create(account_id=account, title="mine")
        edited = CannedResponse.objects.for_account(account).get(short_code="hello")
        edited.content = "Hello from us"
        edited.save()
        mei = Membership.objects.for_account(account).get(user__email="mei@harbor-oak.example")
        Conversation.objects.filter(pk=real.pk).update(assignee=mei)
        stored = Attachment.objects.for_account(account).values_list("file", "view", "thumb")
        files = {name for names in stored for name in names if name}
        assert len(files) >= 5 + 3 and all(default_storage.exists(name) for name in files)
    with account_scope(demo["other"]["account_id"]):
        neighbours = everything(demo["other"]["account_id"])

    with account_scope(account):
        assert remove_demo_data(access=access) > 400

    with account_scope(account):
        left = everything(account)
        assert [one.pk for one in Conversation.objects.for_account(account)] == [real.pk]
        assert [one.name for one in Contact.objects.for_account(account)] == ["Vera"]
        assert {one.title for one in Label.objects.for_account(account)} == {"vip", "mine"}
        assert [one.content for one in CannedResponse.objects.for_account(account)] == ["Hello from us"]
        people = Membership.objects.for_account(account).values_list("user__email", flat=True)
        assert set(people) == {f"{name}@harbor-oak.example" for name in ("alice", "bob", "mei")}
        assert {one.name for one in Inbox.objects.for_account(account)} == {"Harbor & Oak shop", "Orders API"}
        nothing = ("Attachment", "Team", "CustomAttributeDefinition", "Note", "AgentBot", "ReportingEvent")
        assert {name: left[name] for name in nothing} == dict.fromkeys(nothing, 0)
        let_go = StoredFile.objects.filter(account_id=account, name__in=files, unneeded_since=None)
        assert let_go.count() == 0
        tallied = sum(ConversationTally.objects.filter(account_id=account).values_list("delta", flat=True))
        assert tallied == 1
        assert not has_demo_data(Account.objects.get(pk=account))
        assert remove_demo_data(access=access) == 0  # a second click finds nothing, and is no error
    settings.FILES_GRACE_HOURS = -1  # the clock stands still in a transaction
    sweep()
    assert not any(default_storage.exists(name) for name in files)
    with account_scope(demo["other"]["account_id"]):
        assert everything(demo["other"]["account_id"]) == neighbours
    with platform_scope("tests look at everything"):
        assert not User.objects.filter(email="elena@harbor-oak.example").exists()
        assert User.objects.filter(email="bob@harbor-oak.example").exists()


def test_it_does_not_come_back_by_itself(demo: dict[str, Any], tmp_path: Path) -> None:
    with account_scope(demo["account_id"]):
        remove_demo_data(access=access_of(demo))
    (tmp_path / "demo.json").unlink()
    call_command("seed_demo", verbosity=0)
    with account_scope(demo["account_id"]):
        assert Conversation.objects.for_account(demo["account_id"]).count() == 0


def test_an_agent_may_not_remove_it_and_has_changed_nothing(demo: dict[str, Any]) -> None:
    bob = access_of(demo, "agent")
    with account_scope(demo["account_id"]):
        before = everything(demo["account_id"])
        with pytest.raises(Forbidden):
            remove_demo_data(access=bob)
        assert everything(demo["account_id"]) == before


def test_an_account_without_it_loses_nothing(cast: Cast) -> None:
    with account_scope(cast.account.pk):
        access = access_of_user(account_id=cast.account.pk, user_id=cast.alice.user_id)
        assert access is not None
        before = everything(cast.account.pk)
        assert remove_demo_data(access=access) == 0
        assert everything(cast.account.pk) == before


def test_in_the_admin_it_takes_one_click(demo: dict[str, Any], client: Client) -> None:
    account = demo["account_id"]
    page = f"/admin/accounts/account/{account}/change/"
    sign_in(client, demo, "admin")
    assert f'action="/admin/accounts/account/{account}/demo/"' in client.get(page).content.decode()
    assert client.get(f"/admin/accounts/account/{account}/demo/").status_code == 405
    answer = client.post(f"/admin/accounts/account/{account}/demo/", follow=True)
    assert "The demo is gone, with 4" in answer.content.decode()
    assert f'action="/admin/accounts/account/{account}/demo/"' not in answer.content.decode()
    with account_scope(account):
        assert Conversation.objects.for_account(account).count() == 0
        assert Account.objects.get(pk=account).custom_attributes[MANIFEST] == {}


def test_nobody_removes_it_from_a_foreign_account(demo: dict[str, Any], client: Client) -> None:
    sign_in(client, demo["other"], "admin")
    answer = client.post(f"/admin/accounts/account/{demo['account_id']}/demo/")
    unknown = client.post("/admin/accounts/account/999999/demo/")
    assert (answer.status_code, unknown.status_code) == (404, 404)
    with account_scope(demo["account_id"]):
        assert Conversation.objects.for_account(demo["account_id"]).count() > 400


def sign_in(client: Client, told: dict[str, Any], who: str) -> None:
    client.post("/app/login", {"login": told[who]["email"], "password": told[who]["password"]})
