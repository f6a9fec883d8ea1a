"""An account's administrator and the rows of another account: whatever is asked, the answer is the one for rows
that never existed, and nothing is changed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client

from accounts.models import AuditEntry, Membership, Team
from accounts.tenant_admin import TenantAdmin
from config.database import account_scope, platform_scope
from conversations.models import Contact, Conversation, Label, Message
from inboxes.models import Inbox, InboxMember
from tests import factories
from tests.admin.test_who_gets_in import label, url_of
from tests.factories import Cast

MISSING = 987_654_321
TENANT_ADMINS = {model: one for model, one in admin.site._registry.items() if isinstance(one, TenantAdmin)}


@pytest.fixture
def canaries(committed_cast: Cast) -> dict[type[Model], tuple[Any, Any]]:
    """Of every model one row in the own account and one in the other, the latter marked CANARY."""
    cast = committed_cast
    own: dict[Any, Any] = {}
    for rows, account, inbox, member, mark in (
        (own, cast.account, cast.inbox, cast.bob, "mine"),
        ({}, cast.other, cast.other_inbox, cast.charlie, "CANARY"),
    ):
        team = factories.make_team(account, f"{mark} team", member)
        conversation = factories.make_conversation(inbox, f"{mark} contact", f"{mark} hello")
        with account_scope(account.pk):
            Inbox.objects.filter(pk=inbox.pk).update(name=f"{mark} inbox")
            entry = AuditEntry.objects.create(
                account=account, actor_kind="system", action=f"{mark}.done", subject_type="x", subject_id=1
            )
            rows |= {
                type(account): account,
                AuditEntry: entry,
                Membership: member,
                Team: team,
                Contact: conversation.contact,
                Conversation: conversation,
                Label: Label.objects.create(account=account, title=f"{mark} label"),
                Message: Message.objects.get(conversation=conversation, message_type=0),
                Inbox: inbox,
            }
        if account is cast.other:
            foreign = rows
    assert own.keys() == foreign.keys() == TENANT_ADMINS.keys()
    return {model: (own[model], foreign[model]) for model in own}


@pytest.fixture
def alice(committed_cast: Cast, as_member: Any) -> Client:
    return as_member(committed_cast.alice)  # type: ignore[no-any-return]


def snapshot() -> dict[str, list[dict[str, Any]]]:
    with platform_scope("tests look at everything"):
        return {label(model): list(model._default_manager.order_by("pk").values()) for model in TENANT_ADMINS}


def said(answer: Any, pk: Any) -> tuple[Any, ...]:
    """Everything that an answer says; a message may repeat the number that was asked for, a page does not."""
    told = [re.sub(rf"\b{pk}\b", "PK", str(message)) for message in answer.wsgi_request._messages]
    body = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
    return answer.status_code, answer.headers.get("Location"), told, body


def test_foreign_rows_answer_like_rows_that_never_existed(alice: Client, canaries: Any) -> None:
    before = snapshot()
    for model, (_own, foreign) in canaries.items():
        for page in ("change", "delete", "history"):
            for method, body in (
                ("get", {}),
                ("post", {"post": "yes", "name": "x", "title": "x", "role": "0"}),
            ):
                pair = []
                for pk in (foreign.pk, MISSING):
                    alice.cookies.pop("messages", None)
                    pair.append(said(getattr(alice, method)(url_of(model, page, pk), body), pk))
                assert pair[0] == pair[1], (label(model), page, method)
                assert pair[0][0] in {302, 403, 405}, (label(model), page, method, pair[0][0])
                assert "CANARY" not in str(pair[0])
    assert snapshot() == before


def test_lists_and_searches_hold_the_own_rows_only(alice: Client, canaries: Any) -> None:
    for model, (own, foreign) in canaries.items():
        page = alice.get(url_of(model, "changelist"))
        assert page.status_code == 200
        found = {row.pk for row in page.context["cl"].result_list}
        assert own.pk in found and foreign.pk not in found, label(model)
        assert "CANARY" not in page.content.decode()
        if TENANT_ADMINS[model].search_fields:
            searched = alice.get(url_of(model, "changelist"), {"q": "CANARY"})
            assert list(searched.context["cl"].result_list) == [], label(model)


def test_without_the_explicit_filter_the_database_still_shows_nothing_foreign(
    alice: Client, canaries: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(TenantAdmin, "get_queryset", lambda self, request: self.model._default_manager.all())
    for model, (own, foreign) in canaries.items():
        if model is Message:  # annotates its own queryset
            continue
        page = alice.get(url_of(model, "changelist"))
        found = {row.pk for row in page.context["cl"].result_list}
        assert own.pk in found and foreign.pk not in found, label(model)
        assert "CANARY" not in page.content.decode()
        assert alice.get(url_of(model, "change", foreign.pk)).status_code == 302


def test_a_bulk_action_passes_foreign_rows_over(alice: Client, canaries: Any) -> None:
    before = snapshot()
    for model in (Label, Team, Membership):
        own, foreign = canaries[model]
        body = {"action": "delete_selected", "_selected_action": [foreign.pk, MISSING], "post": "yes"}
        assert alice.post(url_of(model, "changelist"), body).status_code == 302
        assert snapshot() == before
        body["_selected_action"] = [foreign.pk, own.pk]
        page = alice.post(url_of(model, "changelist"), {k: v for k, v in body.items() if k != "post"})
        assert page.status_code == 200 and "CANARY" not in page.content.decode()
        alice.post(url_of(model, "changelist"), body)
        after = snapshot()
        assert own.pk not in [row["id"] for row in after[label(model)]]
        assert foreign.pk in [row["id"] for row in after[label(model)]]
        before = after


def test_choices_of_people_are_the_accounts_own(alice: Client, canaries: Any, committed_cast: Cast) -> None:
    cast = committed_cast
    for model in (Team, Inbox):
        own, _foreign = canaries[model]
        page = alice.get(url_of(model, "change", own.pk)).content.decode()
        for choices in re.findall(r'<select name="(?:members|managers)".*?</select>', page, re.S):
            assert set(re.findall(r'value="(\d+)"', choices)) == {str(cast.alice.pk), str(cast.bob.pk)}
        assert page.count('<select name="m') == (2 if model is Inbox else 1)


def test_a_foreign_member_in_the_form_is_no_choice(
    alice: Client, canaries: Any, committed_cast: Cast
) -> None:
    cast, before = committed_cast, snapshot()
    with platform_scope("tests look at everything"):
        members = list(InboxMember.objects.order_by("pk").values())
    team, inbox = canaries[Team][0], canaries[Inbox][0]
    for foreign in (cast.charlie.pk, MISSING):
        page = alice.post(url_of(Team, "change", team.pk), {"name": "renamed", "members": [foreign]})
        assert page.status_code == 200
        assert "members" in page.context["adminform"].form.errors
        page = alice.post(url_of(Inbox, "change", inbox.pk), {"name": "renamed", "managers": [foreign]})
        assert "managers" in page.context["adminform"].form.errors
    assert snapshot() == before
    with platform_scope("tests look at everything"):
        assert list(InboxMember.objects.order_by("pk").values()) == members


def test_an_account_in_the_body_is_ignored(alice: Client, canaries: Any, committed_cast: Cast) -> None:
    cast, (own, _foreign) = committed_cast, canaries[Label]
    moved = {"account": cast.other.pk, "account_id": cast.other.pk, "color": "#123456"}
    alice.post(url_of(Label, "add"), {"title": "new", **moved})
    alice.post(url_of(Label, "change", own.pk), {"title": "kept", **moved})
    alice.post(url_of(Team, "add"), {"name": "fresh", **moved})
    alice.post(url_of(Inbox, "add"), {"name": "fresh", "kind": "api", **moved})
    alice.post(url_of(Membership, "add"), {"email": "nora@example.test", "role": "0", **moved})
    with account_scope(cast.account.pk):
        assert set(Label.objects.values_list("title", flat=True)) == {"new", "kept"}
        assert Team.objects.filter(name="fresh").exists() and Inbox.objects.filter(name="fresh").exists()
        assert Membership.objects.filter(user__email="nora@example.test").exists()
    with account_scope(cast.other.pk):
        assert list(Label.objects.values_list("title", flat=True)) == ["CANARY label"]
        assert Team.objects.count() == 1 and Inbox.objects.count() == 1
        assert not Membership.objects.filter(user__email="nora@example.test").exists()


@pytest.mark.parametrize(
    ("model", "query"),
    [
        (Membership, "user__password__startswith=pbkdf2"),
        (Membership, "user__access_token__token_digest__startswith=a"),
        (Membership, "account__name=Globex"),
        (Membership, "account=2"),
        (Inbox, "web_widget__hmac_token=x"),
        (Inbox, "web_widget__website_token__startswith=a"),
        (Conversation, "contact_inbox__pubsub_token__startswith=a"),
        (Contact, "contact_inboxes__pubsub_token__startswith=a"),
        (Message, "conversation__account__name=Globex"),
    ],
)
def test_a_filter_through_relations_is_no_question(alice: Client, model: Any, query: str) -> None:
    assert alice.get(f"{url_of(model, 'changelist')}?{query}").status_code == 400


def test_sorting_takes_the_columns_shown_and_nothing_else(alice: Client, canaries: Any) -> None:
    for order in ("99", "-99", "user__password", "1.-2", "x"):
        page = alice.get(url_of(Membership, "changelist"), {"o": order})
        assert page.status_code in {200, 302}


def test_autocomplete_and_the_shortcut_to_any_object_tell_nothing(alice: Client, canaries: Any) -> None:
    foreign = canaries[Contact][1]
    query = {
        "app_label": "conversations",
        "model_name": "conversation",
        "field_name": "contact",
        "term": "CANARY",
    }
    assert alice.get("/admin/autocomplete/", query).status_code in {403, 404} or (
        alice.get("/admin/autocomplete/", query).json()["results"] == []
    )
    account = {"app_label": "accounts", "model_name": "team", "field_name": "account", "term": ""}
    names = [one["text"] for one in alice.get("/admin/autocomplete/", account).json()["results"]]
    assert names == ["Acme"]
    user = {"app_label": "accounts", "model_name": "membership", "field_name": "user", "term": "charlie"}
    assert alice.get("/admin/autocomplete/", user).status_code == 403
    assert alice.get(f"/admin/r/10/{foreign.pk}/").status_code == 404
    assert alice.get(f"/admin/r/10/{MISSING}/").status_code == 404


def test_index_and_history_show_the_accounts_own_log(
    alice: Client, canaries: Any, committed_cast: Cast
) -> None:
    index = alice.get("/admin/").content.decode()
    assert "mine.done" in index and "CANARY" not in index
    own = canaries[Label][0]
    alice.post(url_of(Label, "change", own.pk), {"title": "renamed", "color": "#123456"})
    history = alice.get(url_of(Label, "history", own.pk)).content.decode()
    assert "label.updated" in history and "Alice" in history
    with account_scope(committed_cast.account.pk):
        entry = AuditEntry.objects.first()
        assert entry is not None
        assert (entry.action, entry.actor_id, entry.subject_id) == (
            "label.updated",
            committed_cast.alice.user_id,
            own.pk,
        )


def test_one_who_administers_both_sees_one_at_a_time(
    committed_cast: Cast, canaries: Any, as_member: Any
) -> None:
    cast = committed_cast
    factories.make_member(cast.other, cast.alice.user, 1)
    alice = as_member(cast.alice)
    alice.post("/admin/account/", {"account_id": cast.account.pk})
    for model, (own, foreign) in canaries.items():
        found = {row.pk for row in alice.get(url_of(model, "changelist")).context["cl"].result_list}
        assert own.pk in found and foreign.pk not in found, label(model)
        assert alice.get(url_of(model, "change", foreign.pk)).status_code == 302
