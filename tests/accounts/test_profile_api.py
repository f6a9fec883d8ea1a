"""/api/v1/profile in the contract's shape (3.3 USER, 5.2)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from accounts.models import AccessToken, Membership, User
from channels_ext.realtime import presence
from config.database import account_scope, platform_scope
from conversations.shapes import iso
from tests import factories
from tests.factories import PASSWORD, Cast


class Person(Client):
    def __init__(self, user: User) -> None:
        self.token = factories.token_of(user)
        super().__init__(HTTP_API_ACCESS_TOKEN=self.token, raise_request_exception=False)

    def send(self, path: str = "", body: Any = None, method: str = "put") -> Any:
        return getattr(self, method)(f"/api/v1/profile{path}", body or {}, content_type="application/json")

    def read(self) -> Any:
        return self.get("/api/v1/profile")


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def picture(size: tuple[int, int] = (600, 300), kind: str = "JPEG") -> SimpleUploadedFile:
    made = io.BytesIO()
    Image.new("RGB", size, "red").save(made, kind)
    return SimpleUploadedFile("me.jpg", made.getvalue(), content_type="image/jpeg")


def test_bobs_profile_to_the_key(cast: Cast) -> None:
    person = Person(cast.bob.user)

    answer = person.read()

    assert answer.status_code == 200
    assert answer.json() == {
        "access_token": person.token,
        "account_id": cast.account.pk,
        "available_name": "Bob",
        "avatar_url": "",
        "confirmed": True,
        "display_name": None,
        "message_signature": None,
        "email": cast.bob.user.email,
        "id": cast.bob.user_id,
        "inviter_id": None,
        "name": "Bob",
        "provider": "email",
        "pubsub_token": cast.bob.user.pubsub_token,
        "role": "agent",
        "ui_settings": {},
        "uid": cast.bob.user.email,
        "type": None,
        "accounts": [
            {
                "id": cast.account.pk,
                "name": "Acme",
                "status": "active",
                "active_at": None,
                "role": "agent",
                "permissions": ["agent"],
                "availability": "online",
                "availability_status": "offline",
                "auto_offline": True,
            }
        ],
    }


def test_the_account_used_last_comes_first_and_names_role_and_inviter(cast: Cast) -> None:
    factories.make_member(cast.other, cast.bob.user, 1)
    person = Person(cast.bob.user)

    answer = person.send("/set_active_account", {"profile": {"account_id": cast.other.pk}})

    assert (answer.status_code, answer.content) == (200, b"")
    with account_scope(cast.other.pk):
        used = Membership.objects.get(user=cast.bob.user)
    body = person.read().json()
    assert (body["account_id"], body["role"]) == (cast.other.pk, "administrator")
    assert [one["id"] for one in body["accounts"]] == [cast.other.pk, cast.account.pk]
    assert body["accounts"][0]["active_at"] == iso(used.active_at)


def test_an_account_that_is_not_bobs_cannot_become_his_active_one(cast: Cast) -> None:
    person = Person(cast.bob.user)
    for account_id in (cast.other.pk, 987654, -1, 2**70):
        answer = person.send("/set_active_account", {"account_id": account_id})
        assert answer.status_code in {404, 422}, account_id
    assert person.read().json()["accounts"][0]["active_at"] is None


def test_bob_is_online_while_he_is_here_and_what_he_chose_all_the_time_if_he_wants(cast: Cast) -> None:
    person = Person(cast.bob.user)
    mine = {"account_id": cast.account.pk}

    presence.mark_all({cast.account.pk: [cast.bob.user_id]})
    here = person.read().json()["accounts"][0]
    busy = person.send("/availability", {"profile": {**mine, "availability": "busy"}}, "post").json()
    presence.bus().flushdb()
    gone = person.read().json()["accounts"][0]
    steady = person.send("/auto_offline", {**mine, "auto_offline": False}, "post").json()["accounts"][0]

    assert (here["availability"], here["availability_status"]) == ("online", "online")
    assert (busy["accounts"][0]["availability"], busy["accounts"][0]["availability_status"]) == (
        "busy",
        "busy",
    )
    assert (gone["availability"], gone["availability_status"]) == ("busy", "offline")
    assert (steady["availability_status"], steady["auto_offline"]) == ("busy", False)


def test_bob_changes_what_is_his_wrapped_flat_or_as_a_form(cast: Cast) -> None:
    person = Person(cast.bob.user)

    wrapped = person.send(body={"profile": {"name": "Robert", "display_name": "Rob", "unknown": 1}}).json()
    flat = person.send(body={"message_signature": "– Rob", "phone_number": "+49"}, method="patch").json()
    form = person.patch(
        "/api/v1/profile",
        b'--x\r\nContent-Disposition: form-data; name="profile[ui_settings]"\r\n\r\n{"a": 1}\r\n--x--\r\n',
        content_type="multipart/form-data; boundary=x",
    ).json()

    assert (wrapped["name"], wrapped["display_name"], wrapped["available_name"]) == ("Robert", "Rob", "Rob")
    assert (flat["message_signature"], flat["custom_attributes"]) == ("– Rob", {"phone_number": "+49"})
    assert form["ui_settings"] == {"a": 1}
    assert form["name"] == "Robert"


def test_a_stolen_token_is_not_enough_for_the_address_or_the_password(cast: Cast) -> None:
    person = Person(cast.bob.user)
    before = User.objects.values().get(pk=cast.bob.user_id)

    for body in (
        {"email": "mallory@evil.test"},
        {"email": "mallory@evil.test", "current_password": "guess"},
        {"password": "Another-horse-9", "password_confirmation": "Another-horse-9"},
        {"password": "Another-horse-9", "current_password": PASSWORD, "password_confirmation": "x"},
        {"password": "short", "current_password": PASSWORD},
        {"email": "no address", "current_password": PASSWORD, "name": "Mallory"},
        {"email": cast.alice.user.email, "current_password": PASSWORD},
    ):
        answer = person.send(body=body)
        assert answer.status_code == 422, body
        assert set(answer.json()) == {"code", "error", "message", "attributes"}
    assert User.objects.values().get(pk=cast.bob.user_id) == before


def test_with_his_password_bob_changes_address_and_password_and_his_token_ends(cast: Cast) -> None:
    person = Person(cast.bob.user)
    secret = {"current_password": PASSWORD}

    moved = person.send(body={**secret, "email": "Rob@Acme.test"})
    changed = person.send(
        body={**secret, "password": "Another-horse-9", "password_confirmation": "Another-horse-9"}
    )

    assert (moved.status_code, moved.json()["email"]) == (200, "rob@acme.test")
    assert changed.status_code == 200
    assert fresh(cast.bob.user).check_password("Another-horse-9")
    assert changed.json()["access_token"] != person.token
    assert person.read().status_code == 401


def test_a_reset_token_ends_the_former_at_once(cast: Cast) -> None:
    person = Person(cast.bob.user)

    answer = person.send("/reset_access_token", method="post")

    token = answer.json()["access_token"]
    assert token != person.token
    assert person.read().status_code == 401
    assert Client(HTTP_API_ACCESS_TOKEN=token).get("/api/v1/profile").status_code == 200


def test_a_picture_is_painted_anew_small_and_shown_under_a_name_nobody_guesses(cast: Cast) -> None:
    person = Person(cast.bob.user)

    body = person.put(
        "/api/v1/profile",
        *multipart({"profile[avatar]": picture(), "profile[name]": "Robert"}),
    ).json()

    assert body["name"] == "Robert"
    path = body["avatar_url"].removeprefix("http://127.0.0.1:8000")
    assert path.startswith("/avatars/")
    answer = Client().get(path)
    assert answer["Content-Type"] == "image/png"
    with Image.open(io.BytesIO(answer.getvalue())) as shown:
        assert shown.size == (256, 128)
    gone = person.send("/avatar", method="delete").json()
    assert gone["avatar_url"] == ""


def multipart(fields: dict[str, Any]) -> tuple[bytes, str]:
    return encode_multipart(BOUNDARY, fields), MULTIPART_CONTENT


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload=alert(1)>", b"GIF89a" + b"\x00" * 20, b"\x89PNG\r\n\x1a\n" + b"\xff" * 99]
)
def test_what_is_no_picture_is_refused_and_the_old_one_stays(cast: Cast, content: bytes) -> None:
    person = Person(cast.bob.user)
    upload = SimpleUploadedFile("me.png", content, content_type="image/png")

    answer = person.put("/api/v1/profile", *multipart({"avatar": upload, "name": "Mallory"}))

    assert answer.status_code == 422
    assert answer.json()["attributes"] == ["avatar"]
    assert (fresh(cast.bob.user).avatar, fresh(cast.bob.user).name) == ("", "Bob")


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": ["a"]},
        {"name": "a\x00b"},
        {"name": "x" * 256},
        {"ui_settings": "no object"},
        {"ui_settings": [1]},
        {"message_signature": "x" * 20_001},
        {"display_name": {"a": 1}},
        {"avatar": "https://elsewhere.test/me.png"},
        {"name": "a\nb"},
    ],
)
def test_what_cannot_be_stored_is_said_and_nothing_is_changed(cast: Cast, body: dict[str, Any]) -> None:
    person = Person(cast.bob.user)
    before = User.objects.values().get(pk=cast.bob.user_id)

    answer = person.send(body={"profile": body})

    assert answer.status_code == 422, answer.content
    assert set(answer.json()) == {"code", "error", "message", "attributes"}
    assert User.objects.values().get(pk=cast.bob.user_id) == before


@pytest.mark.parametrize(
    "body", [b"[]", b"1", b'"x"', b"null", b"{", b"[" * 100 + b"]" * 100, b'{"profile": 1}']
)
def test_a_body_that_is_no_object_is_no_error_of_ours(cast: Cast, body: bytes) -> None:
    person = Person(cast.bob.user)
    answer = person.put("/api/v1/profile", body, content_type="application/json")
    assert answer.status_code in {200, 400, 422}
    assert fresh(cast.bob.user).name == "Bob"


@pytest.mark.parametrize("value", ["away", 0, None, [], {}, True])
def test_an_availability_that_does_not_exist_is_422(cast: Cast, value: Any) -> None:
    person = Person(cast.bob.user)
    answer = person.send("/availability", {"account_id": cast.account.pk, "availability": value}, "post")
    assert answer.status_code == 422
    assert person.read().json()["accounts"][0]["availability"] == "online"


def test_a_profile_takes_as_few_statements_in_three_accounts_as_in_one(cast: Cast) -> None:
    person = Person(cast.bob.user)
    few = factories.count_queries(person.read)
    for name in ("Second", "Third"):
        factories.make_member(factories.make_account(name), cast.bob.user)
    assert factories.count_queries(person.read) == few <= 9
    assert len(person.read().json()["accounts"]) == 3


def test_nobody_gets_in_by_a_bots_a_platforms_or_an_expired_token(cast: Cast) -> None:
    for token in ("", "x", "tök\xff"):
        answer = Client(raise_request_exception=False).get(
            "/api/v1/profile", headers={"api_access_token": token}
        )
        assert answer.status_code == 401
    inactive = factories.make_user("Ivan", is_active=False)
    assert Person(inactive).read().status_code == 401
    with platform_scope("tests look at everything"):
        assert AccessToken.objects.filter(user=inactive).count() == 1
