from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AccessToken, Account, AuditEntry, Membership, Role, Team, User
from channels_ext.models import ApiChannel, WebWidget
from config.database import account_scope, platform_scope
from config.models import HandlerRun, OutboxEvent
from conversations.models import Contact, Conversation, Label, Message
from inboxes.models import Inbox, InboxMember
from tests import factories
from tests.admin.test_who_gets_in import url_of
from tests.factories import Cast


@pytest.fixture
def alice(cast: Cast, as_member: Any) -> Client:
    return as_member(cast.alice)  # type: ignore[no-any-return]


def errors(page: Any) -> str:
    return str(page.context["adminform"].form.errors)


def role_of(member: Membership) -> int:
    with account_scope(member.account_id):
        return Membership.objects.get(pk=member.pk).role


def test_alice_invites_promotes_and_removes_a_colleague(
    cast: Cast, alice: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = alice.post(
            url_of(Membership, "add"), {"email": "nora@example.test", "name": "Nora", "role": "0"}
        )
    assert answer.status_code == 302
    assert [message.to for message in mail.outbox] == [["nora@example.test"]]
    with account_scope(cast.account.pk):
        nora = Membership.objects.get(user__email="nora@example.test")

    page = alice.get(url_of(Membership, "change", nora.pk))
    assert "Nora" in page.content.decode()
    assert set(page.context["adminform"].form.fields) == {"role", "availability", "auto_offline"}
    body = {"role": "1", "availability": "2", "auto_offline": "on"}
    assert alice.post(url_of(Membership, "change", nora.pk), body).status_code == 302
    assert role_of(nora) == Role.ADMINISTRATOR

    asked = alice.get(url_of(Membership, "delete", nora.pk))
    assert asked.status_code == 200
    assert alice.post(url_of(Membership, "delete", nora.pk), {"post": "yes"}).status_code == 302
    with account_scope(cast.account.pk):
        assert not Membership.objects.filter(pk=nora.pk).exists()
        done = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert done == ["member.invited", "member.role_changed", "member.removed"]
    assert User.objects.filter(email="nora@example.test").exists()


def test_the_last_administrator_is_kept_with_422_and_the_reason_on_the_page(
    cast: Cast, alice: Client
) -> None:
    page = alice.post(url_of(Membership, "change", cast.alice.pk), {"role": "0", "availability": "0"})
    assert page.status_code == 422
    assert "The last administrator of an account keeps that role." in page.content.decode()
    answer = alice.post(url_of(Membership, "delete", cast.alice.pk), {"post": "yes"}, follow=True)
    assert "cannot be removed" in answer.content.decode()
    several = {"action": "delete_selected", "_selected_action": [cast.bob.pk, cast.alice.pk], "post": "yes"}
    assert (
        "cannot be removed"
        in alice.post(url_of(Membership, "changelist"), several, follow=True).content.decode()
    )
    assert role_of(cast.alice) == Role.ADMINISTRATOR
    assert role_of(cast.bob) == Role.AGENT  # all of them or none
    with account_scope(cast.account.pk):
        assert not AuditEntry.objects.exists()


def test_inviting_a_member_again_keeps_what_was_typed(cast: Cast, alice: Client) -> None:
    body = {"email": cast.bob.user.email, "name": "Robert", "role": "1"}
    page = alice.post(url_of(Membership, "add"), body)
    assert page.status_code == 422
    assert "member of this account already" in page.content.decode() and "Robert" in page.content.decode()
    assert role_of(cast.bob) == Role.AGENT


def test_a_user_who_also_belongs_elsewhere_is_linked_and_stays_untouched(cast: Cast, alice: Client) -> None:
    before = User.objects.values().get(pk=cast.charlie.user_id)
    alice.post(url_of(Membership, "add"), {"email": cast.charlie.user.email, "name": "Mallory", "role": "0"})
    with account_scope(cast.account.pk):
        linked = Membership.objects.get(user=cast.charlie.user)
    # Whatever an administrator posts to the membership, the person stays as they are.
    body = {
        "role": "1",
        "availability": "0",
        "email": "mine@acme.test",
        "name": "Mine",
        "password": "Stolen-again-8",
        "user": cast.alice.user_id,
        "user__name": "Mine",
        "is_superuser": "on",
    }
    assert alice.post(url_of(Membership, "change", linked.pk), body).status_code == 302
    for path in ("password/", "change/", "delete/"):
        url = f"/admin/accounts/user/{cast.charlie.user_id}/{path}"
        assert (
            alice.post(url, {"password1": "Stolen-again-8", "password2": "Stolen-again-8"}).status_code == 403
        )
    assert User.objects.values().get(pk=cast.charlie.user_id) == before
    with account_scope(cast.account.pk):
        assert Membership.objects.get(pk=linked.pk).user_id == cast.charlie.user_id


def test_a_team_is_made_filled_renamed_and_deleted(cast: Cast, alice: Client) -> None:
    alice.post(url_of(Team, "add"), {"name": "Sales", "members": [cast.bob.pk], "allow_auto_assign": "on"})
    with account_scope(cast.account.pk):
        team = Team.objects.get(name="sales")
        assert list(team.team_members.values_list("membership_id", flat=True)) == [cast.bob.pk]
    body = {"name": "retail", "members": [cast.alice.pk]}
    assert alice.post(url_of(Team, "change", team.pk), body).status_code == 302
    with account_scope(cast.account.pk):
        team.refresh_from_db()
        assert (team.name, team.allow_auto_assign) == ("retail", False)
        assert list(team.team_members.values_list("membership_id", flat=True)) == [cast.alice.pk]
    factories.make_team(cast.account, "sales")
    taken = alice.post(url_of(Team, "change", team.pk), {"name": "SALES"})
    assert taken.status_code == 422 and "in use already" in taken.content.decode()
    assert alice.post(url_of(Team, "delete", team.pk), {"post": "yes"}).status_code == 302
    with account_scope(cast.account.pk):
        assert not Team.objects.filter(pk=team.pk).exists()


def test_a_second_label_of_one_name_is_an_error_of_the_form(cast: Cast, alice: Client) -> None:
    body = {"title": "vip", "color": "#123456", "show_on_sidebar": "true"}
    assert alice.post(url_of(Label, "add"), body).status_code == 302
    page = alice.post(url_of(Label, "add"), body)
    assert page.status_code == 200 and "already exists" in errors(page)
    with account_scope(cast.account.pk):
        assert Label.objects.count() == 1


@pytest.mark.parametrize(("kind", "model"), [("web_widget", WebWidget), ("api", ApiChannel)])
def test_a_new_inbox_has_its_channel_and_then_its_settings(
    cast: Cast, alice: Client, kind: str, model: Any
) -> None:
    answer = alice.post(url_of(Inbox, "add"), {"name": "Second shop", "kind": kind})
    with account_scope(cast.account.pk):
        inbox = Inbox.objects.get(name="Second shop")
        channel = model.objects.get(inbox=inbox)
    assert answer.headers["Location"] == url_of(Inbox, "change", inbox.pk)

    page = alice.get(answer.headers["Location"])
    form = page.context["adminform"].form
    formset = page.context["inline_admin_formsets"][0].formset
    body = _typed(form)
    body |= {
        "name": "Third shop",
        "timezone": "Europe/Berlin",
        "members": [cast.bob.pk],
        "managers": [cast.bob.pk],
    }
    prefix = formset.prefix
    body |= {f"{prefix}-TOTAL_FORMS": 1, f"{prefix}-INITIAL_FORMS": 1, f"{prefix}-0-id": channel.pk}
    body |= {f"{prefix}-0-{name}": value for name, value in _typed(formset.forms[0]).items() if name != "id"}
    body[f"{prefix}-0-inbox"] = inbox.pk
    own = {"web_widget": "website_url", "api": "webhook_url"}[kind]
    body[f"{prefix}-0-{own}"] = "https://shop.test/"
    saved = alice.post(url_of(Inbox, "change", inbox.pk), body)
    assert saved.status_code == 302, errors(saved) + str(saved.context["errors"])

    with account_scope(cast.account.pk):
        inbox.refresh_from_db()
        channel.refresh_from_db()
        assert (inbox.name, inbox.timezone, inbox.kind) == ("Third shop", "Europe/Berlin", kind)
        assert getattr(channel, own) == "https://shop.test/"
        assert [m.membership_id for m in InboxMember.objects.filter(inbox=inbox)] == [cast.bob.pk]
        assert [grant.user_id for grant in inbox.grants.all()] == [cast.bob.user_id]
        actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert actions >= {"inbox.created", "inbox.updated", "inbox.members_added", "inbox.managers_changed"}


def _typed(form: Any) -> dict[str, Any]:
    """What a browser would send of a form that nobody touched; unticked boxes are not sent."""
    values = {name: form.initial.get(name, field.initial) for name, field in form.fields.items()}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def test_an_inboxs_page_shows_no_secret(cast: Cast, alice: Client) -> None:
    with account_scope(cast.account.pk):
        widget, channel = WebWidget.objects.get(), ApiChannel.objects.get()
    site = alice.get(url_of(Inbox, "change", cast.inbox.pk)).content.decode()
    api = alice.get(url_of(Inbox, "change", cast.api_inbox.pk)).content.decode()
    assert widget.website_token in site  # public: it stands in every page of the shop
    for secret in (widget.hmac_token, channel.hmac_token, channel.secret):
        assert secret not in site + api


def test_customers_and_conversations_are_to_look_at(cast: Cast, alice: Client) -> None:
    conversation = factories.make_conversation(cast.inbox, "Vera", "Where is <b>my</b> parcel?")
    with account_scope(cast.account.pk):
        rows = (conversation, conversation.contact, Message.objects.get(message_type=0))
    for row in rows:
        page = alice.get(url_of(type(row), "change", row.pk))
        assert page.status_code == 200 and 'name="_save"' not in page.content.decode()
        assert alice.post(url_of(type(row), "change", row.pk), {"name": "x"}).status_code == 403
        assert alice.post(url_of(type(row), "delete", row.pk), {"post": "yes"}).status_code == 403
    listed = alice.get(url_of(Message, "changelist"), {"conversation__id__exact": conversation.pk})
    assert "&lt;b&gt;my&lt;/b&gt;" in listed.content.decode()


# --- operators ------------------------------------------------------------------------------------------------
def test_an_operator_opens_an_account_invites_into_it_and_suspends_it(
    cast: Cast, as_operator: Client
) -> None:
    as_operator.post(url_of(Account, "add"), {"name": "Initech", "locale": "en", "domain": "initech.test"})
    with platform_scope("tests look at everything"):
        account = Account.objects.get(name="Initech")
    assert account.domain == "initech.test"
    body = {"account": account.pk, "email": "nora@initech.test", "name": "Nora", "role": "1"}
    assert as_operator.post(url_of(Membership, "add"), body).status_code == 302
    with account_scope(account.pk):
        assert Membership.objects.get().user.email == "nora@initech.test"
    change = {"name": "Initech Ltd", "locale": "en", "domain": "initech.test", "status": "1"}
    assert as_operator.post(url_of(Account, "change", account.pk), change).status_code == 302
    with platform_scope("tests look at everything"):
        account.refresh_from_db()
    assert (account.name, account.status) == ("Initech Ltd", 1)


def test_an_operator_changes_a_user_and_their_password(
    cast: Cast, as_operator: Client, operator: User
) -> None:
    bob, token = cast.bob.user, factories.token_of(cast.bob.user)
    change = {
        "email": "robert@acme.test",
        "name": "Robert",
        "display_name": "",
        "locale": "",
        "is_active": "on",
    }
    assert as_operator.post(url_of(User, "change", bob.pk), change).status_code == 302
    both = {"password1": "Sunny-garden-7", "password2": "Sunny-garden-7"}
    assert as_operator.post(f"/admin/accounts/user/{bob.pk}/password/", both).status_code == 302
    bob.refresh_from_db()
    assert (bob.email, bob.name, bob.is_superuser) == ("robert@acme.test", "Robert", False)
    assert bob.check_password("Sunny-garden-7")
    assert AccessToken.objects.get(user=bob).token != token

    weak = as_operator.post(f"/admin/accounts/user/{bob.pk}/password/", {"password1": "x", "password2": "x"})
    assert weak.status_code == 200
    as_operator.post(url_of(User, "add"), {"email": "Nora@example.test", "name": "Nora"})
    nora = User.objects.get(email="nora@example.test")
    assert not nora.has_usable_password()
    own = {"email": operator.email, "name": "Olga"}  # without is_active, is_superuser
    assert as_operator.post(url_of(User, "change", operator.pk), own).status_code == 302
    operator.refresh_from_db()
    assert operator.is_superuser and operator.is_active


def test_an_operator_ends_a_token_without_seeing_it(cast: Cast, as_operator: Client, api: Any) -> None:
    client = api(cast.bob)
    row = AccessToken.objects.get(user=cast.bob.user)
    pages = (
        as_operator.get(url_of(AccessToken, "changelist")).content
        + as_operator.get(url_of(AccessToken, "change", row.pk)).content
    )
    assert row.token not in pages.decode() and row.token_digest not in pages.decode()
    assert as_operator.post(url_of(AccessToken, "delete", row.pk), {"post": "yes"}).status_code == 302
    assert client.read("/conversations").status_code == 401


def test_the_dead_are_run_again_and_the_living_left_alone(cast: Cast, as_operator: Client) -> None:
    with platform_scope("as the relay does"):
        event = OutboxEvent.objects.create(account_id=cast.account.pk, name="message.created", payload={})
        dead, waiting = (
            HandlerRun.objects.create(
                event=event, account_id=cast.account.pk, handler="a.b", state=state, attempts=12, enqueues=40
            )
            for state in ("dead", "queued")
        )
    page = as_operator.get(url_of(HandlerRun, "changelist"), {"state__exact": "dead"})
    assert {run.pk for run in page.context["cl"].result_list} == {dead.pk}
    body = {"action": "run_again", "_selected_action": [dead.pk, waiting.pk]}
    answer = as_operator.post(url_of(HandlerRun, "changelist"), body, follow=True)
    assert "1 run will be tried again." in answer.content.decode()
    with platform_scope("tests look at everything"):
        dead.refresh_from_db()
        waiting.refresh_from_db()
    assert (dead.state, dead.attempts, dead.enqueues) == ("queued", 0, 0)
    assert (waiting.attempts, waiting.enqueues) == (12, 40)


# --- cost and pages -------------------------------------------------------------------------------------------
def _many(cast: Cast, count: int) -> None:
    inbox = cast.inbox
    for number in range(count):
        factories.make_conversation(inbox, f"Vera {number}", "Hello")
        factories.make_member(cast.account, factories.make_user(f"Agent {number}"))
        factories.make_team(cast.account, f"team {number}")
        factories.make_inbox(cast.account, f"Inbox {number}")
    with account_scope(cast.account.pk):
        for number in range(count):
            Label.objects.create(account=cast.account, title=f"label {number}")
            AuditEntry.objects.create(
                account=cast.account, actor_kind="system", action="x", subject_type="x", subject_id=1
            )
        Conversation.objects.update(assignee=cast.bob)


# Session, user, the accounts they administer (with its scope: 3), the account's scope (3), count, rows; what is
# more is a filter's choices or the action form.
MOST_QUERIES = 14


@pytest.mark.parametrize(
    "model", [Membership, Team, Inbox, Label, Contact, Conversation, Message, AuditEntry]
)
def test_a_list_of_fifty_takes_as_many_queries_as_a_list_of_one(
    cast: Cast, alice: Client, model: Any
) -> None:
    _many(cast, 1)
    url = url_of(model, "changelist")
    alice.get(url)
    with CaptureQueriesContext(connection) as few:
        assert alice.get(url).status_code == 200
    _many_of(cast, model)
    with CaptureQueriesContext(connection) as many:
        page = alice.get(url)
    assert len(page.context["cl"].result_list) >= 50
    assert len(many) == len(few) <= MOST_QUERIES, [query["sql"][:120] for query in many]


def _many_of(cast: Cast, model: Any) -> None:
    if model is Membership:
        for number in range(50):
            factories.make_member(cast.account, factories.make_user(f"More {number}"))
    elif model in (Contact, Conversation, Message):
        for number in range(50):
            factories.make_conversation(cast.inbox, f"More {number}")
    else:
        fields: dict[Any, Any] = {
            Team: lambda n: {"name": f"more {n}"},
            Inbox: lambda n: {"name": f"more {n}", "kind": "api"},
            Label: lambda n: {"title": f"more {n}"},
            AuditEntry: lambda n: {"actor_kind": "x", "action": "x", "subject_type": "x", "subject_id": n},
        }
        with account_scope(cast.account.pk):
            for number in range(50):
                model.objects.create(account=cast.account, **fields[model](number))


INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son[a-z]+=|javascript:", re.I)


def test_no_page_needs_more_than_the_policy_allows(cast: Cast, as_operator: Client, alice: Client) -> None:
    factories.make_conversation(cast.inbox)
    for client in (as_operator, alice):
        for model in admin.site._registry:
            for url in (url_of(model, "changelist"), url_of(model, "add")):
                page = client.get(url)
                assert "script-src 'self';" in page.headers["Content-Security-Policy"] + ";"
                found = [
                    hit for hit in INLINE.findall(page.content.decode()) if "application/json" not in hit
                ]
                assert found == [], (url, found)
