"""The agents' pages as the server sends them: whole without script, in parts with it, within their budgets."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from config.database import account_scope
from conversations.models import Conversation, Label, Message
from conversations.queries.lists import ListFilter, list_conversations
from conversations.queries.threads import list_messages
from conversations.templatetags.markdown import plain, rendered
from conversations.views.snooze import snooze_end, zone_named
from tests import factories
from tests.factories import Cast

HX = {"HX-Request": "true"}
_CONTROL = re.compile(r"(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SELECT set_config)")


def base(cast: Cast) -> str:
    return f"/app/accounts/{cast.account.pk}"


def statements(client: Client, path: str, **headers: str) -> int:
    """SQL statements of a GET, transaction control left out. The fewest of three: the session comes from the
    cache, unless somebody has just emptied that."""
    counts = []
    for _ in range(3):
        with CaptureQueriesContext(connection) as seen:
            assert client.get(path, headers=headers).status_code == 200
        counts.append(len([query for query in seen if not _CONTROL.match(query["sql"])]))
    return min(counts)


def stored(cast: Cast, display_id: int) -> Conversation:
    with account_scope(cast.account.pk):
        return (
            Conversation.objects.for_account(cast.account)
            .select_related("assignee")
            .get(display_id=display_id)
        )


def public_messages(cast: Cast) -> list[str | None]:
    with account_scope(cast.account.pk):
        messages = Message.objects.for_account(cast.account).exclude(message_type=Message.Type.ACTIVITY)
        return list(messages.order_by("id").values_list("content", flat=True))


# --- reading ---------------------------------------------------------------------------------------------
def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_back(cast: Cast, client: Client) -> None:
    answer = client.get(f"{base(cast)}/dashboard?tab=all")
    assert answer.status_code == 302
    assert answer["Location"] == f"/app/login?next={base(cast)}/dashboard%3Ftab%3Dall"


@pytest.mark.parametrize(
    "path", ["/dashboard", "/counts", "/scopes", "/conversations/1", "/conversations/1/messages"]
)
def test_charlie_cannot_tell_a_foreign_account_from_one_that_never_existed(
    cast: Cast, signed_in: Any, path: str
) -> None:
    factories.make_conversation(cast.inbox)
    charlie = signed_in(cast.charlie)
    foreign = charlie.get(base(cast) + path)
    unknown = charlie.get("/app/accounts/987654" + path)
    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.content == unknown.content


def test_bob_cannot_tell_a_conversation_of_another_inbox_from_one_that_never_existed(
    cast: Cast, signed_in: Any
) -> None:
    hidden = factories.make_conversation(factories.make_inbox(cast.account, "Board"))
    bob = signed_in(cast.bob)
    answers = [bob.get(f"{base(cast)}/conversations/{number}") for number in (hidden.display_id, 4711)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert bob.get(f"{base(cast)}/inbox/{hidden.inbox_id}").status_code == 404


def test_a_list_shows_what_its_tab_status_and_scope_say(cast: Cast, signed_in: Any) -> None:
    first = factories.make_conversation(cast.inbox, "Ana")
    second = factories.make_conversation(cast.api_inbox, "Ben")
    bob = signed_in(cast.bob)
    bob.post(f"{base(cast)}/conversations/{first.display_id}/assignee", {"assignee": cast.bob.user_id})

    def shown(path: str) -> list[str]:
        return re.findall(r'id="row-(\d+)"', bob.get(base(cast) + path).content.decode())

    both = [str(second.display_id), str(first.display_id)]
    assert shown("/dashboard") == both[1:]
    assert shown("/dashboard?tab=unassigned") == both[:1]
    assert sorted(shown("/dashboard?tab=all")) == sorted(both)
    assert shown(f"/inbox/{cast.inbox.pk}?tab=all") == both[1:]
    assert shown("/dashboard?tab=all&status=resolved") == []
    assert shown("/label/vip?tab=all") == []
    assert bob.get(f"{base(cast)}/counts").json() == {"me": 1, "unassigned": 1, "all": 2}


def test_nonsense_in_the_address_of_a_list_is_the_default(cast: Cast, signed_in: Any) -> None:
    bob = signed_in(cast.bob)
    for query in ("tab=x&status=y&order=z&page=abc", "page=0", "page=99999999999999999999", "page=²"):
        assert bob.get(f"{base(cast)}/dashboard?{query}").status_code == 200, query


def test_pages_and_parts_stay_within_their_statements(cast: Cast, signed_in: Any) -> None:
    for number in range(30):
        conversation = factories.make_conversation(cast.inbox, f"Visitor {number}")
    factories.say(cast.bob, conversation.display_id)
    for member in (cast.alice, cast.bob):
        client = signed_in(member)
        thread = f"{base(cast)}/conversations/{conversation.display_id}"
        assert statements(client, f"{base(cast)}/dashboard?tab=all") <= 6
        assert statements(client, f"{base(cast)}/inbox/{cast.inbox.pk}?tab=all") <= 6
        assert statements(client, thread) <= 12
        assert statements(client, thread, **HX, **{"HX-Target": "main#pane"}) <= 10


def test_sending_takes_at_most_eight_statements(cast: Cast, signed_in: Any) -> None:
    conversation = factories.make_conversation(cast.inbox)
    bob, thread = signed_in(cast.bob), f"{base(cast)}/conversations/{conversation.display_id}"
    for text in ("warm", "counted"):
        with CaptureQueriesContext(connection) as seen:
            answer = bob.post(
                f"{thread}/messages", {"content": text, "kind": "reply", "seen": 0, "anyway": 1}, headers=HX
            )
        assert answer.status_code == 201
    assert len([query for query in seen if not _CONTROL.match(query["sql"])]) <= 8


def test_script_gets_the_part_it_asks_for_and_history_the_whole_page(cast: Cast, signed_in: Any) -> None:
    conversation = factories.make_conversation(cast.inbox)
    bob = signed_in(cast.bob)
    page = f"{base(cast)}/conversations/{conversation.display_id}?tab=all"

    def beginning(path: str, **headers: str) -> str:
        return bob.get(path, headers=headers).content.decode().strip()[:40]

    assert beginning(page).startswith("<!doctype html>")
    assert beginning(page, **HX, **{"HX-Target": "main#pane"}).startswith("<title>")
    assert beginning(f"{base(cast)}/dashboard", **HX, **{"HX-Target": "section#list"}).startswith("<section")
    whole = {**HX, "HX-Request-Type": "full", "HX-Target": "div#workspace"}
    assert beginning(page, **whole).startswith("<!doctype html>")
    assert "HX-Request" in bob.get(page)["Vary"]
    assert bob.get(page)["Cache-Control"] == "private, no-cache"


def test_a_list_goes_on_page_by_page(cast: Cast, signed_in: Any) -> None:
    for number in range(27):
        factories.make_conversation(cast.inbox, f"Visitor {number}")
    bob = signed_in(cast.bob)
    first = bob.get(f"{base(cast)}/dashboard?tab=all").content.decode()
    more = bob.get(
        f"{base(cast)}/dashboard?tab=all&page=2", headers={**HX, "HX-Target": "li#more"}
    ).content.decode()
    ids = re.findall(r'id="row-(\d+)"', first + more)
    assert len(ids) == len(set(ids)) == 27
    assert 'id="more"' in first
    assert 'id="more"' not in more


def test_older_messages_come_before_the_oldest_and_missed_ones_after_the_newest(
    cast: Cast, signed_in: Any
) -> None:
    ids = [factories.hear(cast.vera, f"line {number}")["id"] for number in range(35)]
    display_id = factories.hear(cast.vera, "last")["conversation_id"]
    bob, path = signed_in(cast.bob), f"{base(cast)}/conversations/{display_id}/messages"

    def shown(query: str) -> list[int]:
        return [int(one) for one in re.findall(r'id="message-(\d+)"', bob.get(path + query).content.decode())]

    assert len(shown("")) == 30
    assert shown(f"?before={ids[5]}") == ids[:5]
    assert shown(f"?after={ids[-1]}")[-1] > ids[-1]
    assert shown("?before=nonsense") == shown("")


# --- writing, without script -----------------------------------------------------------------------------
def test_bob_answers_without_script(cast: Cast, signed_in: Any) -> None:
    conversation = factories.make_conversation(cast.inbox)
    bob, thread = signed_in(cast.bob), f"{base(cast)}/conversations/{conversation.display_id}"
    answer = bob.post(f"{thread}/messages?tab=all", {"content": "On it.", "kind": "reply"})
    assert (answer.status_code, answer["Location"]) == (302, f"{thread}?tab=all")
    assert "On it." in bob.get(thread).content.decode()


def test_an_empty_answer_comes_back_as_the_page_with_a_summary_that_leads_to_the_field(
    cast: Cast, signed_in: Any
) -> None:
    conversation = factories.make_conversation(cast.inbox)
    bob, thread = signed_in(cast.bob), f"{base(cast)}/conversations/{conversation.display_id}"
    answer = bob.post(f"{thread}/messages", {"content": "  ", "kind": "note"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in page and 'href="#id_content"' not in page and 'href="#composer-text"' in page
    assert "Write something, or attach a file." in page
    assert public_messages(cast) == ["Hello"]


def test_a_reply_stops_when_somebody_else_said_something_unseen(cast: Cast, signed_in: Any) -> None:
    conversation = factories.make_conversation(cast.inbox)
    with account_scope(cast.account.pk):
        seen = Message.objects.for_account(cast.account).latest("id").pk
    factories.say(cast.alice, conversation.display_id, "Alice was faster")
    bob, path = signed_in(cast.bob), f"{base(cast)}/conversations/{conversation.display_id}/messages"
    draft = {"content": "Too late?", "kind": "reply", "seen": seen}

    stopped = bob.post(path, draft, headers=HX)
    assert (stopped.status_code, stopped.json()["code"]) == (409, "conflict")
    page = bob.post(path, draft)
    assert page.status_code == 409
    assert "Too late?" in page.content.decode() and "Alice was faster" in page.content.decode()
    assert public_messages(cast) == ["Hello", "Alice was faster"]
    assert bob.post(path, {**draft, "kind": "note"}, headers=HX).status_code == 201
    assert bob.post(path, {**draft, "anyway": "1"}, headers=HX).status_code == 201
    assert public_messages(cast)[-2:] == ["Too late?", "Too late?"]


def test_the_same_echo_id_is_the_same_message(cast: Cast, signed_in: Any) -> None:
    conversation = factories.make_conversation(cast.inbox)
    bob, path = signed_in(cast.bob), f"{base(cast)}/conversations/{conversation.display_id}/messages"
    draft = {"content": "Once", "kind": "reply", "echo_id": "0b2f9d1e-3c5a-4f6b-8d7e-9a0b1c2d3e4f"}
    first, second = (bob.post(path, draft, headers=HX).content.decode() for _ in range(2))
    assert re.search(r'id="message-\d+"', first)[0] == re.search(r'id="message-\d+"', second)[0]  # type: ignore[index]
    assert public_messages(cast) == ["Hello", "Once"]


def test_a_file_is_sent_with_its_message(cast: Cast, signed_in: Any) -> None:
    conversation = factories.make_conversation(cast.inbox)
    bob, path = signed_in(cast.bob), f"{base(cast)}/conversations/{conversation.display_id}/messages"
    files = [SimpleUploadedFile(f"{name}.txt", b"some text\n", "text/plain") for name in ("one", "two")]
    answer = bob.post(path, {"content": "", "kind": "reply", "attachments": files}, headers=HX)
    assert answer.status_code == 201
    assert "one.txt" in answer.content.decode() and "two.txt" in answer.content.decode()


def test_status_assignee_and_reading_change_by_plain_forms(cast: Cast, signed_in: Any) -> None:
    conversation = factories.make_conversation(cast.inbox)
    bob, thread = signed_in(cast.bob), f"{base(cast)}/conversations/{conversation.display_id}"
    assert bob.post(f"{thread}/status", {"status": "resolved"})["Location"] == thread
    assert bob.post(f"{thread}/assignee", {"assignee": cast.bob.user_id})["Location"] == thread
    assert bob.post(f"{thread}/seen").status_code == 204
    now = stored(cast, conversation.display_id)
    assert (now.status, now.assignee_id, now.unread_count) == (Conversation.Status.RESOLVED, cast.bob.pk, 0)
    bob.post(f"{thread}/assignee", {"assignee": ""})
    bob.post(f"{thread}/status", {"snooze": "tomorrow", "zone": "Africa/Cairo"})
    now = stored(cast, conversation.display_id)
    assert (now.status, now.assignee_id) == (Conversation.Status.SNOOZED, None)
    assert now.snoozed_until is not None and now.snoozed_until.astimezone(UTC).hour == 7


@pytest.mark.parametrize(
    ("path", "body"), [("status", {"status": "odd"}), ("status", {}), ("assignee", {"assignee": "x"})]
)
def test_a_form_that_makes_no_sense_changes_nothing(
    cast: Cast, signed_in: Any, path: str, body: dict[str, str]
) -> None:
    conversation = factories.make_conversation(cast.inbox)
    bob, thread = signed_in(cast.bob), f"{base(cast)}/conversations/{conversation.display_id}"
    assert bob.post(f"{thread}/{path}", body, headers=HX).status_code == 422
    assert bob.post(f"{thread}/{path}", body).status_code == 302
    now = stored(cast, conversation.display_id)
    assert (now.status, now.assignee_id) == (Conversation.Status.OPEN, None)


@pytest.mark.parametrize("path", ["messages", "status", "assignee", "seen"])
def test_charlie_writes_nothing_into_a_foreign_account(cast: Cast, signed_in: Any, path: str) -> None:
    conversation = factories.make_conversation(cast.inbox)
    body = {"content": "x", "kind": "reply", "status": "resolved", "assignee": ""}
    url = f"{base(cast)}/conversations/{conversation.display_id}/{path}"
    assert signed_in(cast.charlie).post(url, body, headers=HX).status_code == 404
    now = stored(cast, conversation.display_id)
    assert (now.status, now.unread_count, public_messages(cast)) == (Conversation.Status.OPEN, 1, ["Hello"])


# --- what is painted -------------------------------------------------------------------------------------
def test_rows_and_messages_need_no_request_no_query_and_know_no_viewer(cast: Cast) -> None:
    conversation = factories.make_conversation(cast.inbox, "<b>Ana</b>", "<script>alert(1)</script>")
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        row = list_conversations(access=access, filters=ListFilter())[0]
        message = list_messages(account_id=cast.account.pk, conversation_id=conversation.pk)[0]
        with CaptureQueriesContext(connection) as seen:
            painted = render_to_string("conversations/_row.html", {"row": row})
            painted += render_to_string("conversations/_message.html", {"message": message})
    assert len(seen) == 0
    assert "<script>" not in painted and "<b>" not in painted
    assert f'href="/app/accounts/{cast.account.pk}/conversations/{conversation.display_id}"' in painted


def test_the_sections_name_only_what_the_viewer_may_open(cast: Cast, signed_in: Any) -> None:
    factories.make_inbox(cast.account, "Board")
    team = factories.make_team(cast.account, "returns", cast.bob)
    with account_scope(cast.account.pk):
        Label.objects.create(account=cast.account, title="vip")
    text = signed_in(cast.bob).get(f"{base(cast)}/scopes").content.decode()
    assert all(name in text for name in ("Website", "Shop API", "returns", "vip"))
    assert "Board" not in text and "Globex" not in text
    for folder in (f"inbox/{cast.inbox.pk}", f"team/{team.pk}", "label/vip", "mentions/conversations"):
        assert f'href="{base(cast)}/{folder}"' in text
    page = signed_in(cast.bob).get(f"{base(cast)}/team/{team.pk}").content.decode()
    assert f'data-base="{base(cast)}/team/{team.pk}"' in page


def test_pages_speak_chinese_to_whoever_asks_for_it(cast: Cast, signed_in: Any) -> None:
    answer = signed_in(cast.bob).get(f"{base(cast)}/dashboard", headers={"Accept-Language": "zh-CN"})
    assert '<html lang="zh-hans"' in answer.content.decode()
    assert "没有分配给您的对话" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "zone", "expected"),
    [
        ("reply", "", None),
        ("later", "", datetime(2026, 3, 5, 2, 0, tzinfo=UTC)),
        ("tomorrow", "", datetime(2026, 3, 5, 9, 0, tzinfo=UTC)),
        ("tomorrow", "Asia/Shanghai", datetime(2026, 3, 6, 1, 0, tzinfo=UTC)),  # there it is the 5th already
        (
            "monday",
            "America/New_York",
            datetime(2026, 3, 9, 13, 0, tzinfo=UTC),
        ),  # clocks go forward on the 8th
        ("week", "", datetime(2026, 3, 11, 9, 0, tzinfo=UTC)),
        ("month", "Europe/Berlin", datetime(2026, 4, 4, 7, 0, tzinfo=UTC)),  # summer time by then
        ("tomorrow", "No/Such", datetime(2026, 3, 5, 9, 0, tzinfo=UTC)),
        ("tomorrow", "../../etc/passwd", datetime(2026, 3, 5, 9, 0, tzinfo=UTC)),
    ],
)
def test_a_snooze_ends_in_the_morning_of_whoever_set_it(
    name: str, zone: str, expected: datetime | None
) -> None:
    wednesday = datetime(2026, 3, 4, 22, 30, tzinfo=UTC)
    assert snooze_end(name, now=wednesday, zone=zone_named(zone)) == expected


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("two\nlines", "<p>two<br>lines</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("a **b**", "<p>a <strong>b</strong></p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        (
            "见https://a.example/x?b=1&c=2。",
            '<p>见<a href="https://a.example/x?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">'
            "https://a.example/x?b=1&amp;c=2</a>。</p>",
        ),
    ],
)
def test_a_message_is_marked_up_and_harmless(written: str, shown: str) -> None:
    assert rendered(written).strip() == shown


def test_a_picture_in_a_message_is_a_link_so_nothing_loads_from_afar() -> None:
    assert "<img" not in rendered("![spy](https://a.example/pixel.png)")


def test_a_message_made_to_cost_time_costs_none() -> None:
    started = time.monotonic()
    for hostile in ("[", "![[", "*a ", "https://.", ">"):
        rendered(hostile * 30_000)
        plain(hostile * 30_000, length=140)
    assert time.monotonic() - started < 5


def test_a_line_of_the_list_shows_no_mark_up() -> None:
    assert plain("Hi **you**,\nsee [this](https://a.example)", length=140) == "Hi you, see this"
    assert plain("a" * 300, length=10) == "aaaaaaaaa…"
