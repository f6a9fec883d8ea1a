from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.actions.members import change_role
from accounts.admin_site import SESSION_KEY, PlatformOnly
from accounts.models import Account, Membership, Role, User
from accounts.tenant_admin import TenantAdmin
from config.database import account_scope, platform_scope
from tests import factories
from tests.admin.conftest import browser
from tests.factories import Cast

TENANT_MODELS = {
    "accounts.account",
    "accounts.auditentry",
    "accounts.membership",
    "accounts.team",
    "conversations.contact",
    "conversations.conversation",
    "conversations.label",
    "conversations.message",
    "inboxes.inbox",
}


def label(model: Any) -> str:
    return str(model._meta.label_lower)


def url_of(model: Any, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def test_accounts_get_exactly_these_models_and_operators_all() -> None:
    tenant = {label(model) for model, one in admin.site._registry.items() if isinstance(one, TenantAdmin)}
    assert tenant == TENANT_MODELS
    others = [one for one in admin.site._registry.values() if not isinstance(one, TenantAdmin)]
    assert all(isinstance(one, PlatformOnly) for one in others)


def test_strangers_are_sent_to_the_sign_in_of_the_house(db: None, client: Client) -> None:
    answer = client.get("/admin/accounts/team/?q=x")
    assert answer.headers["Location"] == "/app/login?next=/admin/accounts/team/%3Fq%3Dx"
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/app/login?next=/admin/"
    assert client.get("/admin/login/?next=//evil.test").headers["Location"] == "/app/login?next=/admin/"
    assert client.post("/admin/login/", {"username": "a", "password": "b"}).status_code == 302


def test_an_agent_is_refused_everywhere_and_a_staff_flag_opens_nothing(cast: Cast, as_member: Any) -> None:
    User.objects.filter(pk=cast.bob.user_id).update(is_staff=True)
    bob = as_member(cast.bob)
    for path in ("/admin/", "/admin/account/", "/admin/accounts/team/", "/admin/nothing/", "/admin/jsi18n/"):
        assert bob.get(path).status_code == 403, path


def test_an_administrator_is_in_and_sees_their_accounts_name(cast: Cast, as_member: Any) -> None:
    page = as_member(cast.alice).get("/admin/")
    assert page.status_code == 200
    apps = {model["object_name"] for app in page.context["app_list"] for model in app["models"]}
    assert apps == {
        "Account",
        "AuditEntry",
        "Contact",
        "Conversation",
        "Inbox",
        "Label",
        "Membership",
        "Message",
        "Team",
    }
    assert "Acme" in page.content.decode() and "Globex" not in page.content.decode()


def test_what_is_the_operators_is_refused_to_an_administrator(cast: Cast, as_member: Any) -> None:
    alice = as_member(cast.alice)
    for model, one in admin.site._registry.items():
        if isinstance(one, TenantAdmin):
            continue
        urls = [url_of(model, "changelist"), url_of(model, "add")]
        urls += [url_of(model, page, 1) for page in ("change", "delete", "history")]
        assert {alice.get(url).status_code for url in urls} == {403}, label(model)
        assert {alice.post(url).status_code for url in urls} == {403}, label(model)


def test_an_administrator_with_permissions_on_the_model_still_never_reaches_users(
    cast: Cast, as_member: Any
) -> None:
    """Django's own permissions, given by mistake, open nothing."""
    user = User.objects.get(pk=cast.alice.user_id)
    user.is_staff = True
    user.save()
    user.user_permissions.set(user.user_permissions.model.objects.all())
    alice = as_member(cast.alice)
    assert alice.get(url_of(User, "changelist")).status_code == 403
    assert alice.get(url_of(User, "change", cast.bob.user_id)).status_code == 403
    password = f"/admin/accounts/user/{cast.bob.user_id}/password/"
    assert (
        alice.post(password, {"password1": "Stolen-again-8", "password2": "Stolen-again-8"}).status_code
        == 403
    )
    assert User.objects.get(pk=cast.bob.user_id).check_password(factories.PASSWORD)


def test_operators_open_every_page(cast: Cast, as_operator: Client) -> None:
    factories.say(cast.bob, factories.hear(cast.vera)["conversation_id"])
    for model, one in admin.site._registry.items():
        assert as_operator.get(url_of(model, "changelist")).status_code == 200, label(model)
        with platform_scope("tests look at everything"):
            row = model._default_manager.first()
        if row is not None:
            assert as_operator.get(url_of(model, "change", row.pk)).status_code == 200, label(model)
            assert as_operator.get(url_of(model, "history", row.pk)).status_code == 200, label(model)
        add = as_operator.get(url_of(model, "add")).status_code
        assert add == (200 if one.has_add_permission(_as(as_operator)) else 403), label(model)


def _as(client: Client) -> Any:
    return client.get("/admin/").wsgi_request


def test_a_role_that_was_taken_away_is_gone_at_the_next_click(cast: Cast, as_member: Any) -> None:
    factories.make_member(cast.account, factories.make_user("Adam"), Role.ADMINISTRATOR)
    alice = as_member(cast.alice)
    assert alice.get("/admin/").status_code == 200
    with account_scope(cast.account.pk):
        change_role(access=factories.access_of(cast.alice), membership_id=cast.alice.pk, role=Role.AGENT)
    assert alice.get("/admin/").status_code == 403


def test_a_suspended_account_has_no_admin(cast: Cast, as_member: Any) -> None:
    with platform_scope("tests suspend accounts"):
        Account.objects.filter(pk=cast.account.pk).update(status=1)
    assert as_member(cast.alice).get("/admin/").status_code == 403


def test_who_administers_two_accounts_chooses_one_and_may_switch(cast: Cast, as_member: Any) -> None:
    factories.make_member(cast.other, cast.alice.user, Role.ADMINISTRATOR)
    alice = as_member(cast.alice)
    asked = alice.get("/admin/accounts/team/")
    assert asked.headers["Location"] == "/admin/account/?next=/admin/accounts/team/"
    page = alice.get(asked.headers["Location"]).content.decode()
    assert "Acme" in page and "Globex" in page

    before = alice.session.session_key
    body = {"account_id": cast.account.pk, "next": "/admin/accounts/team/"}
    assert alice.post("/admin/account/", body).headers["Location"] == "/admin/accounts/team/"
    assert alice.session.session_key != before
    index = alice.get("/admin/").content.decode()
    assert "Acme" in index and "Globex" not in index and "/admin/account/" in index

    alice.post("/admin/account/", {"account_id": cast.other.pk, "next": "//evil.test"})
    index = alice.get("/admin/").content.decode()
    assert "Globex" in index and "Acme" not in index


def test_an_account_that_is_not_theirs_cannot_be_chosen(cast: Cast, as_member: Any) -> None:
    alice = as_member(cast.alice)
    answers = [
        alice.post("/admin/account/", {"account_id": number}) for number in (cast.other.pk, 999_999, "x", "")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    session = alice.session
    session[SESSION_KEY] = cast.other.pk  # an old choice is worth nothing without the role
    session.save()
    assert "Globex" not in alice.get("/admin/").content.decode()


def test_choosing_and_leaving_take_a_post_with_its_token(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post("/admin/account/", {"account_id": cast.account.pk}).status_code == 403
    assert client.post("/admin/logout/").status_code == 403
    assert client.get("/admin/logout/").status_code == 405
    assert client.post(url_of(Membership, "delete", cast.bob.pk), {"post": "yes"}).status_code == 403
    with account_scope(cast.account.pk):
        assert Membership.objects.filter(pk=cast.bob.pk).exists()


def test_leaving_the_admin_ends_the_session(cast: Cast) -> None:
    client = browser(cast.alice.user)
    assert client.post("/admin/logout/").headers["Location"] == "/app/login"
    assert client.get("/admin/").headers["Location"].startswith("/app/login")


def test_a_password_is_changed_where_everybody_changes_it(cast: Cast, as_member: Any) -> None:
    assert (
        as_member(cast.alice).get("/admin/password_change/").headers["Location"]
        == "/accounts/password/change/"
    )
