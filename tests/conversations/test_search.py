"""What search finds, for whom, and what it never does."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from config.database import account_scope
from conversations.actions.assignment import assign_agent, assign_team
from conversations.models import Contact, Conversation, Message
from conversations.queries import search
from conversations.search_terms import Question, parse
from tests import factories
from tests.factories import Cast

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
TODAY = datetime.date(2026, 11, 20)


def texts(member: Any, text: str, **options: Any) -> list[str]:
    """Contents of the messages that this member finds, newest first."""
    access = factories.access_of(member)
    with account_scope(member.account_id):
        asked = search.look_up_names(access=access, question=parse(text, today=TODAY))
        found = search.find_messages(access=access, asked=asked, **options)
        return [one["content"] for one in found.messages]


def names(member: Any, text: str) -> list[str]:
    access = factories.access_of(member)
    with account_scope(member.account_id):
        ids = search.contact_ids(access=access, names=parse(text, today=TODAY).names)
        return [one.name for one in search.contacts_by_id(access=access, ids=ids)]


def numbers(member: Any, text: str) -> list[int]:
    access, question = factories.access_of(member), parse(text, today=TODAY)
    with account_scope(member.account_id):
        ids = search.contact_ids(access=access, names=question.names)
        found = search.find_conversations(access=access, number=question.number, contacts=ids)
        return [one["id"] for one in found]


# --- words --------------------------------------------------------------------------------------------------
def test_words_are_found_in_what_contacts_and_agents_wrote_newest_first(cast: Cast) -> None:
    talk = factories.make_conversation(cast.inbox, text="Where is my refund?")
    factories.say(cast.bob, talk.display_id, "Your refund is on its way")
    factories.say(cast.bob, talk.display_id, "The refund was discussed", private=True)
    factories.say(cast.bob, talk.display_id, "Anything else?")
    assert texts(cast.bob, "refund") == [
        "The refund was discussed",
        "Your refund is on its way",
        "Where is my refund?",
    ]
    assert texts(cast.bob, "refund way") == ["Your refund is on its way"]
    assert texts(cast.bob, "refund elephant") == []


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("Refunds were REFUNDED", "refund"),
        ("Müller, Ärger, coûte, naïve", "muller arger coute naive"),
        ("muller", "Müller"),
        ("ПРИВЕТ, Алёна", "привет алена"),
        ("Ελληνικά Αθήνα", "αθηνα"),
        ("مُحَمَّد وأحمد", "محمد"),
        ("שָׁלוֹם", "שלום"),
        ("您好，我在上周订购的包裹还没有收到", "包裹"),
        ("您好，我在上周订购的包裹还没有收到", "订购的包裹"),
        ("您好，我在上周订购的包裹还没有收到", "收"),
        ("您好，我在上周订购的包裹还没有收到", "到"),
        ("昨日テストをしました", "テスト"),
        ("주문한 상품이 없어요", "상품"),
        ("สวัสดีครับ ขอคืนเงิน", "คืนเงิน"),
        ("order ＡＢＣ１２３ please", "abc123"),
        ("my mail is vera.k@shop.test ok", "vera.k@shop.test"),
        ("my mail is vera.k@shop.test ok", "shop.test"),
        ("see https://shop.test/orders/A-10023?x=1", "https://shop.test/orders/A-10023"),
        ("number A-10023", "a-100"),
        ("well-known o'Brien", "o'brien well-known"),
        ("微信pay不行", "微信pay"),
        ("thanks 🎉", "🎉"),
        ("50% off_now \\ back", "off_now"),
        ("a" * 300, "a" * 300),
        ("x", "x"),
    ],
)
def test_all_scripts_are_found_without_accents_case_or_whole_words(
    cast: Cast, written: str, asked: str
) -> None:
    factories.make_conversation(cast.inbox, text="Something else entirely, 别的东西")
    factories.make_conversation(cast.inbox, text=written)
    assert texts(cast.bob, asked) == [written]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("refund", "fund"),  # the end of a word
        ("arrived again broken", '"arrived broken"'),
        ("refunds", '"refund"'),  # quoted: as it stands
        ("10023 a", "a-10023"),
        ("包含裹着", "包裹"),
        ("订购包裹，的", "订购的包裹"),
        ("100 percent", "%"),
        ("anything", "_"),
        ("anything", "*"),
        ("anything", "'"),
    ],
)
def test_what_is_only_like_it_is_not_found(cast: Cast, written: str, asked: str) -> None:
    factories.make_conversation(cast.inbox, text=written)
    assert texts(cast.bob, asked) == []


def test_phrases_stand_in_their_order_and_exclusions_leave_out(cast: Cast) -> None:
    for text in ("It arrived broken again", "again it broken arrived", "It arrived, broken; but new"):
        factories.make_conversation(cast.inbox, text=text)
    assert texts(cast.bob, '"arrived broken"') == ["It arrived, broken; but new", "It arrived broken again"]
    assert texts(cast.bob, "arrived -new") == ["again it broken arrived", "It arrived broken again"]
    assert texts(cast.bob, 'arrived -"broken again"') == [
        "It arrived, broken; but new",
        "again it broken arrived",
    ]
    assert texts(cast.bob, "-arrived") == []


def test_only_the_beginning_of_an_endless_text_is_found_and_nothing_breaks(cast: Cast) -> None:
    words = [f"w{number}" for number in range(24_000)]
    factories.make_conversation(cast.inbox, text=" ".join(words)[:149_999])
    ideographs = "".join(chr(0x4E00 + number % 20_000) for number in range(149_999))
    factories.make_conversation(cast.inbox, text=ideographs)
    factories.make_conversation(cast.inbox, text="𠀋" * 149_999)
    factories.make_conversation(cast.inbox, text="z" * 150_000)
    assert len(texts(cast.bob, "w1000")) == 1
    assert len(texts(cast.bob, ideographs[1000:1004])) == 1
    assert len(texts(cast.bob, "𠀋𠀋")) == 1
    assert len(texts(cast.bob, "z" * 70)) == 1
    assert texts(cast.bob, "w23999") == []


# --- what changes -------------------------------------------------------------------------------------------
def change(cast: Cast, was: str, **fields: Any) -> None:
    with account_scope(cast.account.pk):
        Message.objects.for_account(cast.account).filter(content=was).update(**fields)


def test_an_edited_message_is_found_by_its_new_words_only(cast: Cast) -> None:
    factories.make_conversation(cast.inbox, text="old words")
    change(cast, "old words", content="new text")
    assert texts(cast.bob, "old") == []
    assert texts(cast.bob, "text") == ["new text"]


def test_a_deleted_message_vanishes_and_so_does_its_notice(cast: Cast) -> None:
    factories.make_conversation(cast.inbox, text="secret words")
    change(cast, "secret words", content="This message was deleted", content_attributes={"deleted": True})
    assert texts(cast.bob, "secret") == []
    assert texts(cast.bob, "deleted") == []


def test_what_the_system_wrote_about_a_conversation_is_no_message(cast: Cast) -> None:
    talk = factories.make_conversation(cast.inbox, text="hello")
    with account_scope(cast.account.pk):
        Message.objects.create(
            account=cast.account,
            inbox=cast.inbox,
            conversation=talk,
            message_type=2,
            content="Bob said hello",
        )
    assert texts(cast.bob, "hello") == ["hello"]


# --- operators ----------------------------------------------------------------------------------------------
def test_from_finds_colleagues_contacts_and_me(cast: Cast) -> None:
    talk = factories.make_conversation(cast.inbox, "Ana Lima", "parcel by Ana")
    factories.make_conversation(cast.inbox, "Ben", "parcel by Ben")
    factories.say(cast.bob, talk.display_id, "parcel by Bob")
    factories.say(cast.alice, talk.display_id, "parcel by Alice")
    assert texts(cast.bob, "parcel from:lima") == ["parcel by Ana"]
    assert texts(cast.bob, "parcel from:me") == ["parcel by Bob"]
    assert texts(cast.alice, "from:me") == ["parcel by Alice"]
    assert texts(cast.bob, f"from:{cast.alice.user.email}") == ["parcel by Alice"]
    assert texts(cast.bob, 'from:"ana lima" from:alice') == ["parcel by Alice", "parcel by Ana"]
    assert texts(cast.bob, "parcel from:nobody") == []


def test_a_name_that_nobody_has_is_said(cast: Cast) -> None:
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk):
        asked = search.look_up_names(access=access, question=parse("x from:charlie in:globex", today=TODAY))
    assert asked.senders == [] and asked.inbox_ids == []
    assert asked.hints == (
        "Nobody here is called “charlie”.",
        "None of your inboxes is called “globex”.",
    )


def test_in_names_an_inbox_and_finds_only_there(cast: Cast) -> None:
    factories.make_conversation(cast.inbox, text="parcel on the site")
    factories.make_conversation(cast.api_inbox, text="parcel by the shop")
    assert texts(cast.bob, "parcel in:shop") == ["parcel by the shop"]
    assert texts(cast.bob, 'in:"Website"') == ["parcel on the site"]
    assert texts(cast.bob, "parcel in:Board") == []


def test_before_and_after_are_days(cast: Cast) -> None:
    for day in (1, 15, 28):
        factories.make_conversation(cast.inbox, text=f"parcel {day}")
        moment = timezone.make_aware(datetime.datetime(2026, 2, day, 12))
        change(cast, f"parcel {day}", created_at=moment)
    assert texts(cast.bob, "parcel after:2026-02-15") == ["parcel 28", "parcel 15"]
    assert texts(cast.bob, "parcel before:2026-02-15") == ["parcel 1"]
    assert texts(cast.bob, "after:2026-02-02 before:2026-02-28") == ["parcel 15"]
    assert texts(cast.bob, "after:2026-03") == []


def test_has_finds_notes_links_files_and_images(cast: Cast) -> None:
    talk = factories.make_conversation(cast.inbox, text="see https://shop.test")
    factories.say(cast.bob, talk.display_id, "a note", private=True)
    factories.say(cast.bob, talk.display_id, "a picture", files=(SimpleUploadedFile("a.png", PNG),))
    factories.say(cast.bob, talk.display_id, "plain")
    assert texts(cast.bob, "has:link") == ["see https://shop.test"]
    assert texts(cast.bob, "has:note") == ["a note"]
    assert texts(cast.bob, "has:file") == ["a picture"]
    assert texts(cast.bob, "has:image from:me picture") == ["a picture"]
    assert texts(cast.bob, "has:image from:alice") == []
    assert texts(cast.bob, "has:image has:note") == []


# --- who may -------------------------------------------------------------------------------------------------
def test_nobody_finds_a_word_of_another_account(cast: Cast) -> None:
    factories.make_conversation(cast.other_inbox, "Xenia", "charlies word")
    assert texts(cast.charlie, "charlies") == ["charlies word"]
    for member in (cast.alice, cast.bob):
        for text in ("charlies", "word", '"charlies word"', "from:xenia", "-nothing has:link"):
            assert texts(member, text) == []
        assert names(member, "xenia") == [] and numbers(member, "xenia") == []
    assert names(cast.charlie, "xenia") == ["Xenia"]


def test_an_agent_finds_own_inboxes_own_conversations_and_those_of_teams(cast: Cast) -> None:
    hidden = factories.make_inbox(cast.account, "Board")
    mine = factories.make_conversation(cast.inbox, "Ana", "salary here")
    board = [factories.make_conversation(hidden, f"Boss {n}", f"salary {n}") for n in range(4)]
    assert texts(cast.bob, "salary") == ["salary here"]
    assert texts(cast.bob, "salary 2") == []
    assert texts(cast.bob, "from:boss") == [] and texts(cast.bob, "in:board") == []
    assert names(cast.bob, "boss") == [] and numbers(cast.bob, "boss") == []
    assert numbers(cast.bob, str(board[0].display_id)) == []
    assert texts(cast.alice, "salary") == ["salary 3", "salary 2", "salary 1", "salary 0", "salary here"]
    alice = factories.access_of(cast.alice)
    team = factories.make_team(cast.account, "returns", cast.bob)
    with account_scope(cast.account.pk):
        by_alice: dict[str, Any] = {"actor": alice.actor, "access": alice}
        assign_agent(**by_alice, display_id=board[1].display_id, user_id=cast.bob.user_id)
        assign_team(**by_alice, display_id=board[2].display_id, team_id=team.pk)
    assert texts(cast.bob, "salary") == ["salary 2", "salary 1", "salary here"]
    assert names(cast.bob, "boss") == ["Boss 2", "Boss 1"]
    assert sorted(numbers(cast.bob, "boss")) == [board[1].display_id, board[2].display_id]
    assert numbers(cast.bob, "ana") == [mine.display_id]


def test_an_agent_without_inboxes_finds_nothing(cast: Cast) -> None:
    factories.make_conversation(cast.inbox, text="salary here")
    newcomer = factories.make_member(cast.account, factories.make_user("Nora"))
    assert texts(newcomer, "salary") == [] and texts(newcomer, "has:note") == []
    assert names(newcomer, "vera") == []


def function_says(sql: str, *params: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()[0]


MESSAGES = """SELECT hits FROM conversations_search_messages(%s, NULL, 0, '{}', '{hello}', '{}', '{}', NULL, NULL, '{}',
              NULL, NULL, NULL, 10)"""
CONTACTS = "SELECT hits FROM conversations_search_contacts(%s, NULL, 0, '{}', '{vera}', 10)"


@pytest.mark.parametrize("sql", [MESSAGES, CONTACTS])
def test_the_functions_answer_for_the_account_of_the_transaction_only(cast: Cast, sql: str) -> None:
    factories.make_conversation(cast.inbox, "Vera", "hello")
    factories.make_conversation(cast.other_inbox, "Vera", "hello")
    with account_scope(cast.account.pk):
        assert len(function_says(sql, cast.account.pk)) >= 1
        assert function_says(sql, cast.other.pk) == []
        assert function_says(sql, None) == []
    assert function_says(sql, cast.account.pk) == []


_DEFINED = """
SELECT prosecdef, proconfig, provolatile, pg_get_functiondef(oid), prosrc,
       has_function_privilege('public', oid, 'EXECUTE'), has_function_privilege(current_user, oid, 'EXECUTE'),
       (SELECT rolname FROM pg_roles WHERE oid = proowner) = current_user
FROM pg_proc WHERE proname = %s
"""


@pytest.mark.parametrize("name", ["conversations_search_messages", "conversations_search_contacts"])
def test_what_runs_with_the_owners_rights_is_closed_on_all_sides(cast: Cast, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_DEFINED, [name])
        (row,) = cursor.fetchall()
    definer, settings, volatile, definition, body, for_all, for_us, is_ours = row
    assert definer and not is_ours and for_us and not for_all
    assert settings == ["search_path=pg_catalog, pg_temp"]
    assert volatile == "s", "reads only"
    assert "EXECUTE" not in body.upper(), "no SQL is put together from what it is given"
    assert "p_account IS DISTINCT FROM nullif(current_setting('app.account_id', true), '')::bigint" in body
    tables = {word for word in body.replace("(", " ").split() if "conversations_" in word}
    assert all(word.startswith("public.") for word in tables), tables
    assert "SECURITY DEFINER" in definition


def test_nothing_else_runs_with_the_owners_rights(cast: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace ORDER BY 1"
        )
        found = [name for (name,) in cursor.fetchall()]
    assert found == ["conversations_search_contacts", "conversations_search_messages"]


# --- contacts and conversations ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "asked",
    ["vera", "Véra", "kov", "Kováč", "kovac ver", "shop.test", "vera.k@shop", "era", "301234", "030 123 45",
     "+49 30 1234567", "cust-77", "acme"],
)  # fmt: skip
def test_contacts_are_found_by_any_part_of_what_they_are_called(cast: Cast, asked: str) -> None:
    factories.make_session(cast.inbox, "Somebody Else", email="else@nowhere.example")
    factories.make_session(
        cast.inbox,
        "Véra Kováč",
        email="Vera.K@shop.test",
        phone_number="+49301234567",
        identifier="CUST-77",
        additional_attributes={"company_name": "ACME Corp"},
    )
    with account_scope(cast.account.pk):
        Contact.objects.filter(name="Vera").delete()
    assert names(cast.bob, asked) == ["Véra Kováč"]


def test_a_contact_is_found_by_two_ideographs_of_the_name(cast: Cast) -> None:
    factories.make_session(cast.inbox, "王小明")
    factories.make_session(cast.inbox, "王大力")
    assert names(cast.bob, "小明") == ["王小明"]
    assert names(cast.bob, "王") == ["王大力", "王小明"]


def test_names_that_begin_with_it_come_before_those_that_hold_it(cast: Cast) -> None:
    for name in ("Marianne", "Ann Arbor", "Joann"):
        factories.make_session(cast.inbox, name)
    assert names(cast.bob, "ann") == ["Ann Arbor", "Joann", "Marianne"]


def test_a_renamed_contact_is_found_by_the_new_name_only(cast: Cast) -> None:
    with account_scope(cast.account.pk):
        contact = Contact.objects.get(name="Vera")
        contact.name = "Wanda"
        contact.save()
    assert names(cast.bob, "vera") == [] and names(cast.bob, "wanda") == ["Wanda"]
    with account_scope(cast.account.pk):
        contact.delete()
    assert names(cast.bob, "wanda") == []


def test_conversations_are_found_by_number_and_by_contact(cast: Cast) -> None:
    first = factories.make_conversation(cast.inbox, "Ana Lima")
    second = factories.make_conversation(cast.inbox, "Ana Sousa")
    assert numbers(cast.bob, f"#{first.display_id}") == [first.display_id]
    assert numbers(cast.bob, str(second.display_id)) == [second.display_id]
    assert numbers(cast.bob, "ana") == [second.display_id, first.display_id]
    assert numbers(cast.bob, "sousa") == [second.display_id]
    assert numbers(cast.bob, "999999") == []


# --- pages and strain ----------------------------------------------------------------------------------------
def test_pages_follow_each_other_without_gap_or_double(cast: Cast) -> None:
    talk = factories.make_conversation(cast.inbox, text="parcel 0")
    for number in range(1, 8):
        factories.say(cast.bob, talk.display_id, f"parcel {number}")
    access, seen, below = factories.access_of(cast.bob), [], None
    with account_scope(cast.account.pk):
        asked = search.Asked(parse("parcel", today=TODAY))
        for _ in range(3):
            page = search.find_messages(access=access, asked=asked, below=below, most=3)
            seen.append([one["content"] for one in page.messages])
            assert not page.is_cut
            below = page.older
    assert seen == [
        ["parcel 7", "parcel 6", "parcel 5"],
        ["parcel 4", "parcel 3", "parcel 2"],
        ["parcel 1", "parcel 0"],
    ]
    assert below is None


def test_what_lies_in_many_blocks_is_found_newest_first(cast: Cast) -> None:
    talk = factories.make_conversation(cast.inbox, text="parcel now")
    with account_scope(cast.account.pk):
        kind = Conversation.objects.get(pk=talk.pk)
        for block in (900, 3, 40, 41, 2000):
            Message.objects.create(
                id=block << 16,
                account=cast.account,
                inbox=cast.inbox,
                conversation=kind,
                message_type=1,
                content=f"parcel {block}",
            )
    assert texts(cast.alice, "parcel") == [*(f"parcel {n}" for n in (2000, 900, 41, 40, 3)), "parcel now"]


HOSTILE = [
    "'", '"', "''", "\\", "\\'", "');DROP TABLE conversations_message;--", "a' | 'b", "a & !b", "foo:*", "foo:*A",
    "!!!", "!a", "<->", "a <-> b", "()", "((((", "%" * 1000, "_" * 1000, "* ?", "\x00", "a\x00b", "\ud800",
    "x" * 10_000, "x " * 5_000, '"' * 999, "- - -", "-", "from:", "from:'", 'from:"', "in:%", "from:%", "from:_",
    "before:0000-00-00", "after:9999-99-99", "has:", "has:'", "before:99999999999d", "::::", "a:b:c", "\u202e\u200b",
    "chr(1)", "\x01", "@i1", "@u1", "@note", "1.1.hello", "0.1.@i", "🎉" * 500, "é́́́́" * 100, "ﷺ" * 400,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_is_typed_breaks_it_or_finds_what_it_does_not_name(cast: Cast, text: str) -> None:
    factories.make_conversation(cast.inbox, text="harmless content")
    assert texts(cast.bob, text) == []
    assert names(cast.bob, text) == []
    assert numbers(cast.bob, text) == []


def test_a_question_without_anything_to_look_for_asks_nothing(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    access = factories.access_of(cast.bob)
    with account_scope(cast.account.pk), django_assert_num_queries(0):
        assert search.find_messages(access=access, asked=search.Asked(Question())).messages == []


def test_it_takes_three_statements_for_one_message_and_for_many(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    access = factories.access_of(cast.bob)
    for _ in range(2):
        for number in range(12):
            factories.make_conversation(cast.inbox, f"Visitor {number}", "parcel")
        with account_scope(cast.account.pk), django_assert_num_queries(3):
            search.find_messages(access=access, asked=search.Asked(parse("parcel", today=TODAY)))
