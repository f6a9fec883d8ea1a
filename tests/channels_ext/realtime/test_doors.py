"""Who may come in, and what hostile input does: an answer or silence, never a crash, never to others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from accounts.models import Account, User
from channels_ext.models import WebWidget
from channels_ext.realtime import limits
from channels_ext.realtime.database import in_thread
from channels_ext.realtime.hub import current_hub
from config.database import platform_scope
from tests import factories
from tests.channels_ext.realtime.scene import (
    EVIL_PAGE,
    OUR_PAGE,
    Line,
    Scene,
    contact_identifier,
    quietly,
    session_key_of,
    user_identifier,
    visitor_tokens,
)


# --- dashboard ----------------------------------------------------------------------------------------
async def test_charlie_cannot_open_alices_account(scene: Scene) -> None:
    line = await scene.knock(scene.cast.charlie, account_id=scene.cast.account.pk)
    assert await line.closed() == 4403


async def test_an_account_that_never_existed_looks_exactly_like_a_foreign_one(scene: Scene) -> None:
    foreign = await scene.knock(scene.cast.charlie, account_id=scene.cast.account.pk)
    unknown = await scene.knock(scene.cast.charlie, account_id=987654321)
    assert await foreign.closed() == await unknown.closed() == 4403


async def test_nobody_comes_in_without_a_living_session(scene: Scene) -> None:
    for cookie in (b"", b"sessionid=forged", b"sessionid=", b"\xff\xfe=;;;=", b"a" * 5000):
        line = scene.line("/live/accounts/1", headers=[*OUR_PAGE, (b"cookie", cookie)])
        await line.open()
        assert await line.closed() == 4401


async def test_a_session_from_before_the_password_change_is_none(scene: Scene) -> None:
    key = await session_key_of(scene.cast.bob)

    @in_thread
    def new_password() -> None:
        with platform_scope("a test changes a password"):
            user = User.objects.get(pk=scene.cast.bob.user_id)
            user.set_password("Another-horse-9")
            user.save()

    await new_password()
    line = scene.line(
        f"/live/accounts/{scene.cast.account.pk}",
        headers=[*OUR_PAGE, (b"cookie", f"sessionid={key}".encode())],
    )
    await line.open()
    assert await line.closed() == 4401


@pytest.mark.parametrize(
    "headers",
    [
        EVIL_PAGE,
        [(b"host", b"127.0.0.1:8000")],
        [(b"origin", b"null"), (b"host", b"127.0.0.1:8000")],
        [(b"origin", b"http://127.0.0.1:8000.evil.test"), (b"host", b"127.0.0.1:8000")],
        [(b"origin", b"http://evil127.0.0.1:8000"), (b"host", b"127.0.0.1:8000")],
        [(b"origin", b"http://127.0.0.1:9000"), (b"host", b"127.0.0.1:8000")],
        [(b"origin", b"http://evil.test"), (b"host", b"evil.test")],
        [(b"origin", b"http://[::1"), (b"host", b"127.0.0.1:8000")],
    ],
)
async def test_another_sites_page_cannot_ride_on_the_cookie(scene: Scene, headers: Any) -> None:
    key = await session_key_of(scene.cast.alice)
    line = scene.line(
        f"/live/accounts/{scene.cast.account.pk}",
        headers=[*headers, (b"cookie", f"sessionid={key}".encode())],
    )
    assert await line.open() is None  # refused before the handshake


async def test_nothing_is_told_before_the_hello(scene: Scene) -> None:
    line = await scene.knock(scene.cast.bob)
    await scene.vera_writes("Hello")
    assert await line.silence() == []
    await line.send({"type": "typing", "conversation": 1, "on": True})
    assert (await line.frame() or {})["code"] == "hello_first"


async def test_a_suspended_account_lets_nobody_in(scene: Scene) -> None:
    await quietly(
        scene.cast.account.pk,
        lambda: Account.objects.filter(pk=scene.cast.account.pk).update(status=Account.Status.SUSPENDED),
    )
    line = await scene.knock(scene.cast.alice)
    assert await line.closed() == 4403


async def test_unknown_paths_are_refused_at_the_handshake(scene: Scene) -> None:
    for path in ("/", "/live", "/live/accounts/", "/live/accounts/abc", "/live/accounts/1/2", "/cable/x"):
        assert await scene.line(path, headers=OUR_PAGE).open() is None


# --- widget -------------------------------------------------------------------------------------------
async def knock_at_widget(scene: Scene, hello: dict[str, Any], headers: Any = OUR_PAGE) -> Line:
    line = scene.line("/live/widget", headers=headers)
    await line.open()
    await line.send({"type": "hello", "cursor": None, **hello})
    return line


async def test_tokens_open_the_widget_only_together(scene: Scene) -> None:
    good = await visitor_tokens(scene.cast.vera)
    stranger = await visitor_tokens(await in_thread(factories.make_session)(scene.cast.other_inbox, "Xaver"))
    for hello, code in (
        ({**good, "website_token": "unknown"}, 4404),
        ({**good, "token": "forged"}, 4401),
        ({**good, "token": good["token"][:-4] + "AAAA"}, 4401),
        ({**good, "token": stranger["token"]}, 4401),
        ({**good, "website_token": stranger["website_token"]}, 4401),
    ):
        assert await (await knock_at_widget(scene, hello)).closed() == code, hello


@pytest.mark.parametrize("bad", [None, 7, "", [], {"a": 1}, "x" * 5000])
async def test_tokens_that_are_no_texts_get_an_error(scene: Scene, bad: Any) -> None:
    line = await knock_at_widget(scene, {"website_token": bad, "token": bad})
    assert (await line.frame() or {})["code"] == "bad_frame"


async def test_only_listed_sites_open_the_widget_of_an_inbox_that_lists_them(scene: Scene) -> None:
    await quietly(
        scene.cast.account.pk,
        lambda: WebWidget.objects.filter(inbox=scene.cast.inbox).update(allowed_domains="shop.test"),
    )
    tokens = await visitor_tokens(scene.cast.vera)
    for origin, welcome in (
        ("https://shop.test", True),
        ("https://shop.test.evil.test", False),
        ("https://evilshop.test", False),
        ("https://sub.shop.test", False),
        ("null", False),
        ("http://127.0.0.1:8000", True),  # our own frame
    ):
        headers = [(b"origin", origin.encode()), (b"host", b"127.0.0.1:8000")]
        line = await knock_at_widget(scene, tokens, headers)
        frame = await line.frame()
        assert ((frame or {}).get("type") == "welcome") is welcome, origin
        assert welcome or line.code == 4403


# --- someone else's names -----------------------------------------------------------------------------
async def test_charlie_cannot_subscribe_to_alices_account_by_any_mix_of_names(scene: Scene) -> None:
    cast = scene.cast
    mine = user_identifier(cast.charlie)
    wanted = {
        "B's account with my token": {**mine, "account_id": cast.account.pk},
        "B's user with my token": {**mine, "user_id": cast.alice.user_id},
        "B's user and account with my token": {
            **mine,
            "account_id": cast.account.pk,
            "user_id": cast.alice.user_id,
        },
        "B's token with my account": {**user_identifier(cast.alice), "account_id": cast.other.pk},
        "wildcards": {**mine, "pubsub_token": "%", "account_id": "*"},
        "patterns": {**mine, "pubsub_token": "_" * 24},
        "paths": {**mine, "account_id": f"../{cast.account.pk}"},
        "a float": {**mine, "account_id": float(cast.account.pk)},
        "too large": {**mine, "account_id": 2**70},
        "a list": {**mine, "account_id": [cast.account.pk]},
        "another channel": {**mine, "channel": f"a{cast.account.pk}.admins"},
        "a contact's token as a user's": {
            **user_identifier(cast.alice),
            "pubsub_token": cast.vera.pubsub_token,
        },
        "no token": {"channel": "RoomChannel", "account_id": cast.account.pk, "user_id": cast.alice.user_id},
    }
    lines = []
    for identifier in wanted.values():
        line = await scene.cable()
        await line.send({"command": "subscribe", "identifier": json.dumps(identifier)})
        lines.append(line)

    await scene.vera_writes("CANARY for Acme")

    for name, line in zip(wanted, lines, strict=True):
        assert await line.silence(0.25) == [], name
        assert line.code is None, name
    assert set(current_hub().groups) == set()


async def test_a_dashboard_cannot_reach_conversations_it_may_not_see(scene: Scene) -> None:
    await scene.vera_writes("Hello")
    charlie = await scene.dashboard(scene.cast.charlie)
    bob = await scene.dashboard(scene.cast.bob)
    for frame in (
        {"type": "typing", "conversation": 1, "on": True},
        {"type": "viewing", "conversation": 1},
    ):
        await charlie.send(frame)
        assert (await charlie.frame() or {})["code"] == "not_found"
    assert await bob.silence(0.5) == []


# --- hostile frames -----------------------------------------------------------------------------------
HOSTILE = [
    "",
    "not json",
    "null",
    "[]",
    "7",
    '"text"',
    "\x00",
    '{"type": null}',
    '{"type": 7}',
    '{"type": ["hello"]}',
    '{"type": "__init__"}',
    '{"type": "hello\\u0000"}',
    '{"type": "unknown"}',
    '{"type": "viewing", "conversation": "1 OR 1=1"}',
    '{"type": "typing", "conversation": 99999999999999999999, "on": true}',
    '{"type": "typing", "conversation": 1}',
    "[" * 20_000,
    '{"a":' * 10_000,
    json.dumps({f"k{number}": number for number in range(4_000)}),
    '{"type": "hello", "cursor": NaN}',
    '{"command": "subscribe"}',
    '{"command": "subscribe", "identifier": "{\\"channel\\":"}',
    '{"command": "subscribe", "identifier": {"channel": "RoomChannel"}}',
    '{"command": "message", "identifier": "x", "data": "[[["}',
    '{"command": "unsubscribe", "identifier": "never"}',
    '{"command": ["subscribe"], "identifier": "x"}',
]


@pytest.mark.parametrize("door", ["dashboard", "widget", "cable"])
async def test_hostile_frames_end_in_an_error_or_silence_and_others_miss_nothing(
    scene: Scene, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BURST", 100_000)
    watching = await scene.dashboard(scene.cast.alice)
    opened = {
        "dashboard": lambda: scene.dashboard(scene.cast.bob),
        "widget": lambda: scene.widget(scene.cast.vera),
        "cable": lambda: scene.cable(user_identifier(scene.cast.bob)),
    }
    line = await opened[door]()

    for text in HOSTILE:
        await line.send_raw(text)
        if door != "cable":
            frame = await line.frame()
            assert frame is not None and frame["type"] == "error", text[:40]
            assert set(frame) == {"type", "code", "message"}
    await line.send_bytes(b"\xff\xfe\x00")

    await line.silence(0.3)
    assert line.code is None
    message = await scene.vera_writes("still alive?")
    assert [one["id"] for one in await watching.frames(1, kind="message.created")] == [message["id"]]
    assert await line.frames(1) != []


async def test_a_frame_over_64_kb_closes_its_own_socket_only(scene: Scene) -> None:
    other = await scene.dashboard(scene.cast.bob)
    line = await scene.dashboard(scene.cast.bob)
    await line.send_raw("x" * (64 * 1024 + 1))
    assert await line.closed() == 1009
    assert await other.silence(0.3) == [] and other.code is None


async def test_a_flood_of_frames_is_stopped(scene: Scene) -> None:
    line = await scene.dashboard(scene.cast.bob)
    for _ in range(300):
        await line.send({"type": "ping"})
    assert await line.closed() == 4029


async def test_a_cable_socket_gets_fifty_subscriptions_and_no_more(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "BURST", 100_000)
    line = await scene.cable()
    token = contact_identifier(scene.cast.vera)
    for number in range(limits.SUBSCRIPTIONS + 1):
        await line.send({"command": "subscribe", "identifier": json.dumps({**token, "n": number})})
    assert await line.closed() == 4029


async def test_one_address_gets_so_many_sockets_and_others_are_not_concerned(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PER_ADDRESS", 2)
    lines = [scene.line("/cable", client=["10.0.0.1", 1]) for _ in range(3)]
    assert [await line.open() for line in lines] == ["", "", None]
    assert await scene.line("/cable", client=["10.0.0.2", 1]).open() == ""
    await lines[0].hang_up()
    assert await scene.line("/cable", client=["10.0.0.1", 1]).open() == ""


async def test_one_user_gets_so_many_dashboards(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PER_USER", 2)
    for _ in range(2):
        await scene.dashboard(scene.cast.bob)
    assert await (await scene.knock(scene.cast.bob)).closed() == 4029
    await scene.dashboard(scene.cast.alice)


async def test_a_forwarded_address_counts_only_behind_a_trusted_proxy(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(limits, "PER_ADDRESS", 1)
    forged = [(b"x-forwarded-for", b"1.1.1.1, 2.2.2.2")]
    assert await scene.line("/cable", headers=forged, client=["9.9.9.9", 1]).open() == ""
    other = [(b"x-forwarded-for", b"3.3.3.3")]
    assert await scene.line("/cable", headers=other, client=["9.9.9.9", 1]).open() is None
    settings.TRUSTED_PROXY_COUNT = 1
    assert await scene.line("/cable", headers=other, client=["9.9.9.9", 1]).open() == ""
    assert await scene.line("/cable", headers=[(b"x-forwarded-for", b"1.1.1.1, 3.3.3.3")]).open() is None


async def test_nothing_is_left_behind_when_sockets_leave(scene: Scene) -> None:
    lines = [await scene.dashboard(scene.cast.bob), await scene.widget(scene.cast.vera)]
    lines.append(await scene.cable(user_identifier(scene.cast.alice)))
    for line in lines:
        await line.hang_up()
    hub = current_hub()
    assert (hub.groups, hub.sockets, hub.held_accounts()) == ({}, set(), [])
    assert hub.seats._taken == {}
