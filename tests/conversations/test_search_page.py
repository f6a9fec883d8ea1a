"""The search page as the server sends it, and search for programs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.database import account_scope
from conversations.models import Contact, Message
from tests import factories
from tests.factories import Cast

_CONTROL = re.compile(r"(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SELECT set_config)")


def page(client: Any, cast: Cast, text: str, kind: str = "all", **query: Any) -> str:
    answer = client.get(f"/app/accounts/{cast.account.pk}/search/{kind}", {"q": text, **query})
    assert answer.status_code == 200
    return str(answer.content.decode())


def links(html: str) -> list[str]:
    return re.findall(r'class="hit__link" href="([^"]+)"', html)


# --- the page ------------------------------------------------------------------------------------------------
def test_all_kinds_are_shown_at_a_glance_and_lead_to_the_message(cast: Cast, signed_in: Any) -> None:
    talk = factories.make_conversation(cast.inbox, "Ana Lima", "Where is Ana's parcel?")
    answer = factories.say(cast.bob, talk.display_id, "Ana, it is on its way")
    html = page(signed_in(cast.bob), cast, "ana")
    base = f"/app/accounts/{cast.account.pk}/conversations/{talk.display_id}"
    assert links(html)[0] == f"{base}?messageId={answer['id']}"
    assert re.findall(r'<h2 id="hits-(\w+)"', html) == ["messages", "conversations", "contacts"]
    assert html.count("<mark>Ana</mark>") == 4  # two messages, their conversation, the contact
    assert [link.partition("?")[0] for link in links(html)] == [base] * 4


@pytest.mark.parametrize("text", ["<script>alert(1)</script> onerror", "&lt;b&gt; &amp; \" ' onerror"])
def test_hostile_texts_are_shown_as_they_are_and_do_nothing(cast: Cast, signed_in: Any, text: str) -> None:
    factories.make_conversation(cast.inbox, "<img src=x onerror=alert(1)>", text)
    html = page(signed_in(cast.bob), cast, "onerror") + page(signed_in(cast.bob), cast, text)
    assert "<script>alert" not in html and "<img src=x" not in html
    assert "&lt;img src=x <mark>onerror</mark>=alert(1)&gt;" in html


def test_the_start_page_says_what_can_be_asked_and_what_was(cast: Cast, signed_in: Any) -> None:
    bob = signed_in(cast.bob)
    html = page(bob, cast, "")
    assert "Find anything that was ever written" in html and "has:note" in html
    for text in ("first", "second", "first"):
        page(bob, cast, text)
    page(bob, cast, "second", "messages", below=5)  # paging on is no new search
    html = page(bob, cast, "")
    assert re.findall(r'<span class="cut" dir="auto">(\w+)</span></a></li>', html) == ["first", "second"]
    assert bob.post(f"/app/accounts/{cast.account.pk}/search/forget").status_code == 302
    assert "Recent searches" not in page(bob, cast, "")


def test_searches_of_one_account_are_not_remembered_in_another(cast: Cast, signed_in: Any) -> None:
    factories.make_member(cast.other, cast.bob.user)
    bob = signed_in(cast.bob)
    page(bob, cast, "secret plan")
    answer = bob.get(f"/app/accounts/{cast.other.pk}/search/all")
    assert b"secret plan" not in answer.content


def test_a_near_spelling_or_a_wider_search_is_offered_when_nothing_is_found(
    cast: Cast, signed_in: Any
) -> None:
    factories.make_conversation(cast.inbox, text="When is the delivery?")
    bob = signed_in(cast.bob)
    assert re.search(r'href="[^"]+q=delivery">delivery<', page(bob, cast, "delivary"))
    assert "Search everywhere" in page(bob, cast, "delivery from:me")
    html = page(bob, cast, "elephants")
    assert "Fewer or shorter words find more." in html
    assert "Start again" in html and "Search everywhere" not in html


def test_no_spelling_is_taken_from_what_the_agent_may_not_see(cast: Cast, signed_in: Any) -> None:
    hidden = factories.make_inbox(cast.account, "Board")
    factories.make_conversation(hidden, "Delilah", "When is the delivery?")
    factories.make_conversation(cast.other_inbox, "Delilah", "When is the delivery?")
    html = page(signed_in(cast.bob), cast, "delivary") + page(signed_in(cast.bob), cast, "delilan")
    assert ">delivery<" not in html and ">delilah<" not in html
    assert ">delivery<" in page(signed_in(cast.alice), cast, "delivary")


def test_hints_are_words_on_the_page(cast: Cast, signed_in: Any) -> None:
    html = page(signed_in(cast.bob), cast, "x has:cheese from:nobody")
    assert "“has:cheese” is not known: file, image, link or note." in html
    assert "Nobody here is called “nobody”." in html
    assert "Add one that is to be found." in page(signed_in(cast.bob), cast, "-x")


def test_pages_of_messages_lead_back_to_the_first_one(cast: Cast, signed_in: Any) -> None:
    talk = factories.make_conversation(cast.inbox, text="parcel")
    with account_scope(cast.account.pk):
        Message.objects.bulk_create(
            Message(
                account=cast.account,
                inbox=cast.inbox,
                conversation=talk,
                message_type=1,
                content=f"parcel {n}",
            )
            for n in range(59)
        )
    bob, seen = signed_in(cast.bob), []
    html = page(bob, cast, "parcel")
    assert len(links(html)) == 10 and "All messages" in html
    url = re.search(r'href="([^"]+)">All messages', html)
    while url:
        html = bob.get(url[1].replace("&amp;", "&")).content.decode()
        seen.append(links(html))
        url = re.search(r'href="([^"]+)">More<', html)
    assert [len(one) for one in seen] == [25, 25, 10]
    assert len({link for one in seen for link in one}) == 60


def test_pages_of_contacts_and_conversations_follow_each_other(cast: Cast, signed_in: Any) -> None:
    for number in range(30):
        factories.make_conversation(cast.inbox, f"Person {number}")
    bob = signed_in(cast.bob)
    for kind in ("contacts", "conversations"):
        first, second = page(bob, cast, "person", kind), page(bob, cast, "person", kind, page=2)
        assert (len(links(first)), len(links(second))) == (25, 5)
        assert set(links(first)) & set(links(second)) == set()
        assert "page=2" in first and "page=3" not in second
    for nonsense in ("0", "-1", "x", "9" * 30, "²"):
        assert page(bob, cast, "person", "contacts", page=nonsense, below=nonsense)


@pytest.mark.parametrize(
    "text", ["'", "');--", "%" * 1000, "x" * 10_000, "a\x00b", "<b>", "((", "from:'\"", "\ud800"]
)
def test_whatever_is_typed_is_a_page(cast: Cast, signed_in: Any, text: str) -> None:
    bob = signed_in(cast.bob)
    for kind in ("all", "messages", "conversations", "contacts"):
        page(bob, cast, text.encode("utf-8", "replace").decode(), kind)


def test_a_page_takes_the_same_few_statements_for_few_hits_and_many(cast: Cast, signed_in: Any) -> None:
    bob = signed_in(cast.bob)
    counts = []
    for _ in range(2):
        for number in range(6):
            factories.make_conversation(cast.inbox, f"Ana {number}", "parcel for Ana")
        page(bob, cast, "ana")
        with CaptureQueriesContext(connection) as seen:
            page(bob, cast, "ana")
        counts.append(len([one for one in seen if not _CONTROL.match(one["sql"])]))
    assert counts[0] == counts[1] <= 10


# --- for programs --------------------------------------------------------------------------------------------
def test_programs_find_all_kinds_in_the_contracts_shapes(cast: Cast, api: Any) -> None:
    talk = factories.make_conversation(cast.inbox, "Ana Lima", "parcel for Ana")
    payload = api(cast.bob).read("/search", q="ana").json()["payload"]
    assert list(payload) == ["conversations", "contacts", "messages", "articles"]
    (message,), (contact,), (conversation,) = (payload[k] for k in ("messages", "contacts", "conversations"))
    assert message["content"] == "parcel for Ana" and message["conversation_id"] == talk.display_id
    assert isinstance(message["created_at"], int) and message["message_type"] == 0
    assert set(contact) == {
        "email", "id", "name", "phone_number", "identifier", "additional_attributes", "last_activity_at",
    }  # fmt: skip
    assert contact["name"] == "Ana Lima"
    assert conversation["id"] == talk.display_id and conversation["account_id"] == cast.account.pk
    assert conversation["message"]["id"] == message["id"]
    assert conversation["contact"]["name"] == "Ana Lima"
    assert conversation["inbox"]["channel_type"] == "Channel::WebWidget"
    assert conversation["inbox"]["name"] == "Website" and "agent" not in conversation
    assert payload["articles"] == []


@pytest.mark.parametrize("kind", ["conversations", "contacts", "messages", "articles"])
def test_each_kind_has_a_route_of_its_own(cast: Cast, api: Any, kind: str) -> None:
    factories.make_conversation(cast.inbox, "Ana", "parcel for Ana")
    payload = api(cast.bob).read(f"/search/{kind}", q="ana").json()["payload"]
    assert list(payload) == [kind] and len(payload[kind]) == (0 if kind == "articles" else 1)
    assert api(cast.bob).read(f"/search/{kind}", q="").json() == {"payload": {kind: []}}
    assert api(cast.bob).read(f"/search/{kind}").json() == {"payload": {kind: []}}


def test_pages_of_fifteen(cast: Cast, api: Any) -> None:
    for number in range(17):
        factories.make_conversation(cast.inbox, f"Person {number}", "parcel")
    bob = api(cast.bob)
    for kind, text in (("messages", "parcel"), ("contacts", "person"), ("conversations", "person")):
        pages = [bob.read(f"/search/{kind}", q=text, page=n).json()["payload"][kind] for n in (1, 2, 3)]
        assert [len(one) for one in pages] == [15, 2, 0]
        assert len({row["id"] for one in pages for row in one}) == 17


def test_time_sender_and_inbox_narrow_the_messages(cast: Cast, api: Any) -> None:
    talk = factories.make_conversation(cast.inbox, "Ana", "parcel by Ana")
    factories.say(cast.bob, talk.display_id, "parcel by Bob")
    with account_scope(cast.account.pk):
        contact = Contact.objects.get(name="Ana")
        Message.objects.filter(content="parcel by Ana").update(created_at="2026-01-01T00:00:00Z")

    def found(**query: Any) -> list[str]:
        answer = api(cast.bob).read("/search/messages", q="parcel", **query)
        return [one["content"] for one in answer.json()["payload"]["messages"]]

    new_year = 1767225600
    assert found(since=new_year + 1) == ["parcel by Bob"]
    assert found(until=new_year + 1) == ["parcel by Ana"]
    assert found(since=new_year, until=new_year) == []
    assert found(**{"from": f"contact:{contact.pk}"}) == ["parcel by Ana"]
    assert found(**{"from": f"agent:{cast.bob.user_id}"}) == ["parcel by Bob"]
    assert found(inbox_id=cast.inbox.pk) == ["parcel by Bob", "parcel by Ana"]
    assert found(inbox_id=cast.other_inbox.pk) == []


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"}, {"page": "x"}, {"page": "1000000"}, {"since": "soon"}, {"until": "-1"}, {"inbox_id": "x"},
        {"from": "bob"}, {"from": "contact:"}, {"from": "contact:1;--"}, {"from": "agent:99999999999999999999"},
    ],
)  # fmt: skip
def test_a_parameter_that_makes_no_sense_is_refused_by_name(
    cast: Cast, api: Any, query: dict[str, str]
) -> None:
    answer = api(cast.bob).read("/search", q="x", **query)
    assert answer.status_code == 422
    assert answer.json()["attributes"] == list(query) and answer.json()["code"] == "invalid"


@pytest.mark.parametrize(
    "text", ["'", "');--", "%" * 1000, "x" * 10_000, "a\x00b", "((", "from:'\"", "has:x"]
)
def test_no_question_is_an_error(cast: Cast, api: Any, text: str) -> None:
    answer = api(cast.bob).read("/search", q=text)
    assert answer.status_code == 200
    assert not any(answer.json()["payload"].values())


def test_programs_of_another_account_find_nothing_here(cast: Cast, api: Any) -> None:
    factories.make_conversation(cast.inbox, "Ana", "parcel for Ana")
    for member in (cast.charlie, cast.dora):
        assert not any(api(member).read("/search", q="ana").json()["payload"].values())
