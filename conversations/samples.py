"""What the style guide shows: made-up conversations and messages in the shapes that templates get, one for each way
a thing can look. Nothing of it is stored. Pure."""

from __future__ import annotations

from itertools import count
from typing import Any

Shape = dict[str, Any]

NOW = 1_785_750_000  # the guide looks the same every day
_ANA = {"type": "contact", "id": 1, "name": "Ana Lima", "thumbnail": ""}
_BOB = {"type": "user", "id": 2, "name": "Bob Miller", "available_name": "Bob"}
_BOT = {"type": "agent_bot", "id": 3, "name": "Order bot"}
_LONG = "Annegret Wolfeschlegelsteinhausenbergerdorff-Montgomery the Younger"


def _last(content: str, **more: Any) -> Shape:
    return {"content": content, "message_type": 0, "private": False, "attachments": [], **more}


def _row(number: int, name: str, last: Shape | None, **more: Any) -> Shape:
    meta = {
        "sender": {"name": name, "thumbnail": ""},
        "assignee": more.pop("assignee", None),
        "team": None,
        "channel": more.pop("channel", "Channel::WebWidget"),
    }
    plain: Shape = {
        "status": "open",
        "priority": None,
        "labels": [],
        "unread_count": 0,
        "inbox_id": 1,
        "account_id": 1,
    }
    return {
        **plain,
        "id": number,
        "meta": meta,
        "last_non_activity_message": last or {},
        "last_activity_at": NOW - number * 977,
        **more,
    }


def rows() -> list[Shape]:
    """Lines of the list: unread, answered, noted, of every priority and status, with long and foreign names."""
    bob = {"id": 2, "name": "Bob Miller"}
    return [
        _row(1, "Ana Lima", _last("Where is my **order**?"), unread_count=3, priority="urgent", labels=["vip"]),
        _row(2, "王小明", _last("请问什么时候发货？"), assignee=bob, priority="high", channel="Channel::Email"),
        _row(3, "فاطمة الزهراء", _last("شكرا جزيلا", message_type=1), assignee=bob, labels=["returns", "a", "b"]),
        _row(4, _LONG, _last("A line far longer than the list is wide, which has to be cut somewhere before its end"),
             priority="medium", labels=["a label of several words", "wholesale"], assignee=bob),
        _row(5, "Cem", _last("Ask the warehouse first", private=True), status="pending", priority="low"),
        _row(6, "Dana", _last("", attachments=[{}]), status="snoozed", channel="Channel::Api"),
        _row(7, "", None, status="resolved"),
    ]  # fmt: skip


def _message(number: int, content: str, *, by: Shape | None = _ANA, kind: int = 0, **more: Any) -> Shape:
    return {
        "id": number,
        "content": content,
        "message_type": kind,
        "private": False,
        "status": "sent",
        "content_type": "text",
        "content_attributes": {},
        "created_at": NOW + number * 61,
        "sender": by,
        "attachments": [],
        **more,
    }


def messages() -> list[Shape]:
    """Every kind of bubble: both sides, note, bot, activity, failed, deleted, answers, files, interactive ones."""
    numbers = count(1)

    def one(content: str, **more: Any) -> Shape:
        return _message(next(numbers), content, **more)

    def out(content: str, **more: Any) -> Shape:
        return one(content, by=_BOB, kind=1, **more)

    def asks(content: str, content_type: str, **attributes: Any) -> Shape:
        return one(content, by=_BOT, kind=1, content_type=content_type, content_attributes=attributes)

    return [
        one("Hello! I ordered a lamp **last week**."),
        one("The number is `HO-48213`.\n\n- one lamp\n- two bulbs"),
        one("Bob Miller took this conversation", by=None, kind=2),
        out("Let me look.", status="sent"),
        out("It left us on Monday.", status="delivered"),
        out("You should have it tomorrow: [tracking](https://example.org/track).", status="read"),
        out("This one could not be sent.", status="failed", content_attributes={"external_error": "mailbox full"}),
        one("Ask the warehouse about the bulbs.", by=_BOB, kind=1, private=True),
        one("We are back tomorrow at 9:00.", by=None, kind=3),
        one("", content_attributes={"deleted": True}),
        one("Yes, that one.", content_attributes={"in_reply_to": 2}),
        one("مرحبا، شكرا على المساعدة"),
        one("Here is the bill.", attachments=_files()),
        asks("What is it about?", "input_select", items=_OPTIONS),
        asks("What is it about?", "input_select", items=_OPTIONS, submitted_values=[_OPTIONS[1]]),
        asks("Here is your order.", "cards", items=_CARDS),
        asks("This may help.", "article", items=_ARTICLES),
        asks("How can we reach you?", "form", items=_FIELDS),
        asks("How can we reach you?", "form", items=_FIELDS, submitted_values=_FILLED),
        asks("Your e-mail address?", "input_email", submitted_email="ana@example.org"),
        asks("How was it?", "input_csat"),
        asks("How was it?", "input_csat", submitted_values={"csat_survey_response": _RATING}),
        asks("", "voice_call"),
    ]  # fmt: skip


_OPTIONS = [{"title": "My order", "value": "order"}, {"title": "Returning something", "value": "return"}]
_CARDS = [
    {
        "title": "Order HO-48213",
        "description": "Alder table, 200 cm · 1,249 €\nOn its way",
        "media_url": "https://example.org/table.jpg",
        "actions": [
            {"type": "link", "text": "Track the parcel", "uri": "https://example.org/track"},
            {"type": "postback", "text": "Change the address", "payload": "order:HO-48213:address"},
        ],
    }
]
_ARTICLES = [{"title": "Oak or walnut?", "description": "How they wear", "link": "https://example.org/oak"}]
_FIELDS = [
    {"name": "email", "label": "E-mail address", "type": "email"},
    {"name": "when", "label": "When", "type": "select", "options": [{"label": "In the morning", "value": "am"}]},
]  # fmt: skip
_FILLED = [{"name": "email", "value": "ana@example.org"}, {"name": "when", "value": "am"}]
_RATING = {"rating": 4, "feedback_message": "Quick and kind."}


def _files() -> list[Shape]:
    return [
        {"id": 1, "file_type": "file", "file_name": "a bill with a very long name of March 2026.pdf",
         "file_size": 48_213, "data_url": "/bill.pdf", "account_id": 1},
        {"id": 2, "file_type": "location", "fallback_title": "Harbour 1", "coordinates_lat": 53.5,
         "coordinates_long": 9.9},
        {"id": 3, "file_type": "contact", "fallback_title": "+49 40 123456"},
    ]  # fmt: skip


def fields() -> list[Shape]:
    """Attributes of an account's own, one of each kind."""
    kinds = {"text": "Wholesale", "number": 3, "url": "https://example.org", "date": "2026-03-04", "list": "gold",
             "checkbox": True}  # fmt: skip
    return [
        {
            "key": kind,
            "title": kind.capitalize(),
            "hint": "",
            "kind": kind,
            "choices": ["free", "gold"],
            "value": value,
        }
        for kind, value in kinds.items()
    ]


def conversation() -> Shape:
    """An open pane: with team, priority and labels, something of the account's own and something of the browser's."""
    row = rows()[0]
    contact = {
        **_ANA,
        "email": "ana@example.org",
        "phone_number": "+5511987654321",
        "identifier": "customer-7",
        "availability_status": "online",
        "additional_attributes": {},
        "custom_attributes": {"plan": "gold", "seats": 3},
    }
    meta = {**row["meta"], "sender": contact, "assignee": _BOB, "team": {"id": 1, "name": "Returns"}}
    extra = {"browser": {"browser_name": "Firefox", "browser_version": "140", "platform_name": "Linux"}}
    return {
        **row,
        "meta": meta,
        "labels": ["vip", "returns"],
        "can_reply": True,
        "muted": False,
        "snoozed_until": None,
        "created_at": NOW,
        "custom_attributes": {},
        "additional_attributes": {"referer": "https://example.org/lamps", **extra},
    }
