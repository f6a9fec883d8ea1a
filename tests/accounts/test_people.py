from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress

from accounts.actions.people import change_user, create_user, end_sessions, reset_access_token, set_password
from accounts.models import AccessToken, User
from config.problems import Forbidden, Invalid
from tests import factories
from tests.factories import Cast

NEW = "Sunny-garden-7"


@pytest.fixture
def operator(db: None) -> User:
    return factories.make_user("Olga", is_superuser=True)


def stored(user: User) -> dict[str, Any]:
    return dict(User.objects.values().get(pk=user.pk))


def test_an_account_administrator_changes_nothing_of_a_person(cast: Cast) -> None:
    before, token = stored(cast.bob.user), factories.token_of(cast.bob.user)
    alice, bob = cast.alice.user, cast.bob.user
    for refused in (
        lambda: change_user(by=alice, user=bob, name="Robert"),
        lambda: change_user(by=alice, user=bob, email="alice+bob@acme.test"),
        lambda: set_password(by=alice, user=bob, password=NEW),
        lambda: end_sessions(by=alice, user=bob),
        lambda: reset_access_token(by=alice, user=bob),
        lambda: create_user(by=alice, email="x@acme.test", name="X"),
    ):
        with pytest.raises(Forbidden):
            refused()
    assert stored(cast.bob.user) == before
    assert AccessToken.objects.get(user=bob).token == token


def test_nobody_makes_themselves_an_operator(cast: Cast) -> None:
    for values in ({"is_superuser": True}, {"is_active": False}):
        with pytest.raises(Forbidden):
            change_user(by=cast.bob.user, user=cast.bob.user, **values)
    with pytest.raises(Invalid):
        change_user(by=cast.bob.user, user=cast.bob.user, password="x", is_staff=True)
    assert not stored(cast.bob.user)["is_superuser"]


def test_a_new_password_ends_sessions_sockets_and_the_api_token(cast: Cast, client: Any, outbox: Any) -> None:
    bob, token = cast.bob.user, factories.token_of(cast.bob.user)
    factories.make_member(cast.other, bob)
    client.force_login(bob)
    assert client.get("/app/").status_code == 302
    hash_before, stream = bob.get_session_auth_hash(), bob.pubsub_token

    set_password(by=bob, user=bob, password=NEW)

    assert client.get("/app/").headers["Location"].startswith("/app/login")
    bob.refresh_from_db()
    assert bob.check_password(NEW)
    assert bob.pubsub_token != stream and bob.get_session_auth_hash() != hash_before
    assert AccessToken.objects.get(user=bob).token != token
    told = [payload for name, payload in outbox() if name == "access.changed"]
    assert [payload["user_id"] for payload in told] == [bob.pk, bob.pk]  # once per account


def test_a_password_that_is_too_weak_is_refused_by_the_action_itself(cast: Cast) -> None:
    before = stored(cast.bob.user)
    with pytest.raises(Invalid) as refused:
        set_password(by=cast.bob.user, user=cast.bob.user, password="password")
    assert refused.value.attributes == ["password"]
    assert stored(cast.bob.user) == before


def test_a_former_address_neither_signs_in_nor_gets_a_link_any_more(operator: User) -> None:
    user = factories.make_user("Nora", "old@nora.test")
    EmailAddress.objects.create(user=user, email="old@nora.test", primary=True, verified=True)

    change_user(by=operator, user=user, email="New@Nora.test")

    addresses = EmailAddress.objects.filter(user=user).values_list("email", "verified")
    assert list(addresses) == [("new@nora.test", True)]
    assert stored(user)["email"] == "new@nora.test"


def test_an_address_that_somebody_gives_themselves_is_not_confirmed_by_it(cast: Cast) -> None:
    change_user(by=cast.bob.user, user=cast.bob.user, email="ceo@acme.test")
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("ceo@acme.test", False)]


def test_an_address_in_use_is_refused_whatever_its_case(cast: Cast) -> None:
    with pytest.raises(Invalid) as refused:
        change_user(by=cast.bob.user, user=cast.bob.user, email=cast.charlie.user.email.upper())
    assert refused.value.code == "taken"


def test_an_operator_switches_a_user_off_and_with_them_their_session(
    cast: Cast, client: Any, operator: User
) -> None:
    client.force_login(cast.bob.user)
    change_user(by=operator, user=cast.bob.user, is_active=False)
    assert client.get("/app/").headers["Location"].startswith("/app/login")


def test_operators_do_not_lock_themselves_out(operator: User) -> None:
    with pytest.raises(Invalid):
        change_user(by=operator, user=operator, is_superuser=False)
    assert stored(operator)["is_superuser"]


def test_a_new_token_replaces_the_old_one(cast: Cast, api: Any) -> None:
    client = api(cast.bob)
    assert client.read("/conversations").status_code == 200
    token = reset_access_token(by=cast.bob.user, user=cast.bob.user)
    assert client.read("/conversations").status_code == 401
    assert AccessToken.objects.get(user=cast.bob.user).token_digest == token.token_digest
