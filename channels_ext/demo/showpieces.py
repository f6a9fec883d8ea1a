"""Conversations that show what a message can be: cards, options, ratings, files, mail, a failure, a very long one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from accounts.models import Membership
from channels_ext.demo import pictures
from channels_ext.demo.scripts import kitchen
from channels_ext.demo.story import Stage, placed
from conversations.actions.seeding import Past, Step
from conversations.models import Message

_TRACKING = "https://harbor-oak.example/orders/HO-48213"
_ORDER_CARD = {
    "items": [
        {
            "title": "Order HO-48213",
            "description": "Alder table, 200 cm, oiled · 1,249 €\nOn its way with Nordfracht",
            "media_url": "",
            "actions": [
                {
                    "type": "link",
                    "text": "Track the parcel",
                    "uri": "https://harbor-oak.example/orders/HO-48213",
                },
                {"type": "postback", "text": "Change the address", "payload": "order:HO-48213:address"},
                {"type": "postback", "text": "Cancel the order", "payload": "order:HO-48213:cancel"},
            ],
        }
    ]
}
_TOPICS = [
    {"title": "📦 Where is my order?", "value": "order"},
    {"title": "↩️ Return something", "value": "return"},
    {"title": "🪑 Advice on a piece", "value": "advice"},
]
_ARTICLE = {
    "items": [
        {
            "title": "Oak or walnut?",
            "description": "How they look, wear and age",
            "link": "https://harbor-oak.example/journal/oak-or-walnut",
        }
    ]
}
_HTML = """<html><body dir="ltr"><p>Dear Harbor &amp; Oak,</p>
<p>please find our request below.</p>
<table border="1"><tr><th>Piece</th><th>Quantity</th></tr><tr><td>Harbor chair</td><td>24</td></tr>
<tr><td>Quay bench</td><td>6</td></tr></table>
<p>Kind regards<br><b>M. Rosenkranz</b></p></body></html>"""
_TEXT = """Dear Harbor & Oak,

please find our request below.

Harbor chair: 24
Quay bench: 6

Kind regards
M. Rosenkranz"""


def _says(content: str, **more: Any) -> dict[str, Any]:
    return {"kind": "says", "content": content, **more}


def _writes(by: Membership, content: str, **more: Any) -> dict[str, Any]:
    return {"kind": "replies", "by": by, "content": content, **more}


def _bot(stage: Stage, content: str, **more: Any) -> dict[str, Any]:
    return {"kind": "answers", "bot": stage.bot, "content": content, **more}


def _takes(by: Membership) -> list[dict[str, Any]]:
    return [{"kind": "sees", "by": by}, {"kind": "assigns", "by": by, "assignee": by}]


def _nth(stage: Stage, key: str, number: int) -> Any:
    return stage.customers[key][number][1]


def make_showpieces(stage: Stage) -> list[Past]:
    return [make(stage) for make in _ALL]


def _past(stage: Stage, steps: list[dict[str, Any]], *, key: str = "shop", who: int, ago: timedelta,
          gap: timedelta = timedelta(seconds=70), **more: Any) -> Past:  # fmt: skip
    told = [Step(at=stage.now, **step) for step in steps]
    return Past(
        session=_nth(stage, key, who),
        steps=placed(told, end=stage.now - ago, gap=gap),
        additional_attributes={"demo": True},
        **more,
    )


def _agent(stage: Stage, number: int, key: str = "shop") -> Membership:
    return stage.people[key][number]


def _order_card(stage: Stage) -> Past:
    bob = _agent(stage, 1)
    card = {"content_type": "cards", "content_attributes": _ORDER_CARD}
    steps = [
        _says("Where is my table? Order HO-48213"),
        _bot(stage, "Here it is. **Nordfracht** brings it on Thursday.", **card),
        _says("Can I change the address? We have just moved."),
        *_takes(bob),
        _writes(bob, "Of course! Where do you live now?", delivery=Message.Status.READ),
        _says("Kastanienallee 14, second floor. The bell still says *Hoffmann*."),
    ]
    order = {
        "order_number": "HO-48213",
        "order_value": 1249.0,
        "carrier": "Nordfracht",
        "tracking": _TRACKING,
    }
    return _past(stage, steps, who=1, ago=timedelta(minutes=4), labels=("delivery",), custom_attributes=order)


def _options(stage: Stage) -> Past:
    mei = _agent(stage, 4)
    chosen = {"items": _TOPICS, "submitted_values": [{"title": _TOPICS[2]["title"], "value": "advice"}]}
    steps = [
        _says("Hello 👋"),
        _bot(stage, "Hello! What is it about?", content_type="input_select", content_attributes=chosen),
        _bot(
            stage, "This may help while I get a person:", content_type="article", content_attributes=_ARTICLE
        ),
        {"kind": "sees", "by": mei},
        _writes(mei, "Hi, Mei here. For a family table I would take oak: it forgives more."),
        _says("Even with three small children and a dog? 🐕"),
    ]
    return _past(stage, steps, who=0, ago=timedelta(minutes=11))


def _scratch(stage: Stage) -> Past:
    daniel = _agent(stage, 3)
    note = "Deep, goes through the oil. New top, collect the old one: it can become a shelf."
    credit = {"files": (pictures.invoice("HO-47110-C", "118.00"),), "delivery": Message.Status.DELIVERED}
    steps = [
        _says("Order HO-47110 arrived with a scratch. What now?", files=(pictures.table_with_a_scratch(),)),
        _says("I explain it here, it is easier than typing", files=(pictures.voice_message(),)),
        {"kind": "sees", "by": daniel},
        {"kind": "teams", "by": daniel, "team": stage.teams["workshop"]},
        {"kind": "assigns", "by": daniel, "assignee": daniel},
        {"kind": "notes", "by": daniel, "content": note},
        _writes(
            daniel, "That came from us, I am sorry. You get a new top; here is the credit note.", **credit
        ),
        _says("Wow, that was quick. Thank you Daniel!"),
    ]
    return _past(
        stage, steps, who=2, ago=timedelta(minutes=26), labels=("warranty",), priority=2,
        custom_attributes={"order_number": "HO-47110"},
    )  # fmt: skip


def _library(stage: Stage) -> Past:
    elena = _agent(stage, 6)
    summary = "Beautiful.\n\n1. Eleven shelves, 96 cm each\n2. Backs in **smoked oak**\n3. Sockets behind 3, 6 and 9"
    steps = [
        _says(
            "The plan of our reading room, as promised.",
            files=(pictures.plan_of_a_room(), pictures.oil_sample()),
        ),
        *_takes(elena),
        _writes(elena, f"{summary}\n\nIs that right?"),
        _says("Exactly right."),
        {"kind": "sees", "by": elena},
        {"kind": "status", "by": elena, "status": "snoozed", "until": stage.now + timedelta(days=3)},
    ]
    labels = ("custom-order", "vip")
    return _past(stage, steps, key="trade", who=3, ago=timedelta(hours=3), labels=labels, priority=2)


def _mail(stage: Stage) -> Past:
    chiara = _agent(stage, 2)
    body = {"full": _TEXT, "reply": _TEXT, "quoted": ""}
    mail = {
        "subject": "Request for a quotation: café at the old lighthouse",
        "from": ["trade.customer5@example.org"],
        "to": ["trade@harbor-oak.example"],
        "html_content": {"full": _HTML, "reply": _HTML, "quoted": ""},
        "text_content": body,
    }
    note = "24 chairs is tier two. Ask whether they also need the children's version."
    steps = [
        _says(_TEXT, content_type="incoming_email", content_attributes={"email": mail}),
        {"kind": "sees", "by": chiara},
        {"kind": "notes", "by": chiara, "content": note},
    ]
    return _past(stage, steps, key="trade", who=5, ago=timedelta(hours=1), labels=("wholesale",), priority=1)


def _failure(stage: Stage) -> Past:
    samir = _agent(stage, 1, "market")
    reason = {"external_error": "Marketplace answered 403: the buyer has closed this request"}
    failed = {"delivery": Message.Status.FAILED, "content_attributes": reason}
    steps = [
        _says("[Marketplace] Buyer asks: can it be delivered before the 24th?"),
        *_takes(samir),
        _writes(samir, "Yes: it leaves us tomorrow.", **failed),
    ]
    return _past(
        stage, steps, key="market", who=2, ago=timedelta(minutes=47), labels=("delivery",), priority=3
    )


def _rated(stage: Stage) -> Past:
    bob = _agent(stage, 1)
    rating = {"submitted_values": {"csat_survey_response": {"rating": 5, "feedback_message": "A treasure."}}}
    steps = [
        _says("The drawer runs again, thank you for the rails!"),
        *_takes(bob),
        _writes(bob, "That is good news. May I close this?"),
        _says("Yes please."),
        {"kind": "sees", "by": bob},
        {"kind": "status", "by": bob, "status": "resolved"},
        _bot(stage, "How was it?", content_type="input_csat", content_attributes=rating),
    ]
    return _past(stage, steps, who=9, ago=timedelta(hours=5), labels=("warranty", "feedback"))


def _waiting(stage: Stage) -> Past:
    lines = (
        "Hello?",
        "Is anybody there?",
        "I am standing in front of your showroom and the door is locked 😕",
    )
    steps = [_says(line) for line in lines]
    return _past(stage, steps, who=3, ago=timedelta(minutes=2), gap=timedelta(seconds=25))


def _kitchen(stage: Stage) -> Past:
    elena = _agent(stage, 6)
    steps = [_says("We would like our whole kitchen from you. Where do we begin?"), *_takes(elena)]
    for number, (who, text) in enumerate(kitchen()):
        line = text.replace("{price}", f"{640 + number * 7 % 900}")
        kind = {"c": "says", "a": "replies", "n": "notes"}[who]
        steps.append({"kind": kind, "content": line} | ({} if who == "c" else {"by": elena}))
    steps.append({"kind": "sees", "by": elena})
    return _past(
        stage, steps, who=7, ago=timedelta(minutes=90), gap=timedelta(hours=4), labels=("custom-order", "vip"),
        priority=2, custom_attributes={"order_value": 18400.0},
    )  # fmt: skip


_ALL: tuple[Callable[[Stage], Past], ...] = (
    _order_card, _options, _scratch, _library, _mail, _failure, _rated, _waiting, _kitchen,
)  # fmt: skip
