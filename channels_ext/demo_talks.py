"""The conversations of the demo account, written through the same actions as real ones."""

from __future__ import annotations

from typing import Any

from config.database import account_scope
from conversations.actions.contacts import open_session
from conversations.actions.inbound import receive_message
from conversations.actions.messages import MessageDraft, create_message
from conversations.actions.status import change_status
from inboxes.models import Inbox
from inboxes.queries import access_of_user

# (contact, e-mail, lines, status at the end). A line of the contact, "> " an agent's answer, "# " a note.
TALKS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    (
        "Mira Castellanos",
        "mira@example.org",
        (
            "Hi! Is the Alder table still available in the 200 cm size?",
            "> Hello Mira! Yes, two are in the workshop and can leave on Thursday.",
            "Lovely. Could it be delivered after 17:00?",
        ),
        "open",
    ),
    (
        "王小明",
        "xiaoming@example.cn",
        ("你好，请问可以寄到上海吗？", "> 您好！可以的，运费 320 元，大约 12 天。", "太好了，谢谢！"),
        "open",
    ),
    ("Jonas Weber", "jonas@example.de", ("Order 4711 arrived with a scratch on one leg. What now?",), "open"),
    (
        "أمينة حداد",
        "amina@example.org",
        (
            "مرحبا، هل يمكنني إرجاع الكرسي؟",
            "> مرحبا أمينة، نعم خلال ثلاثين يوما.",
            "# Customer since 2019, be generous.",
        ),
        "pending",
    ),
    (
        "Priya Raman",
        "priya@example.in",
        (
            "Which oil do you recommend for the oak bench outdoors?",
            "> Our hard wax oil, twice a year. A tin is enough for three benches.",
            "Perfect, ordering one now.",
            "> Thank you! It ships today.",
        ),
        "resolved",
    ),
    (
        "Tomasz Zieliński",
        "tomasz@example.pl",
        ("Czy wysyłacie do Polski?", "> Yes, we do: 4 days, free above 300 €."),
        "resolved",
    ),
    ("Lea", "", ("How long is the delivery time for the Bay shelf?",), "open"),
)


def fill(*, account_id: int, inbox_id: int, agents: list[Any]) -> None:
    for number, (name, email, lines, status) in enumerate(TALKS):
        with account_scope(account_id):
            _talk(account_id, inbox_id, agents[number % len(agents)], name, email, lines, status)


def _talk(
    account_id: int, inbox_id: int, agent: Any, name: str, email: str, lines: tuple[str, ...], status: str
) -> None:
    inbox = Inbox.objects.for_account(account_id).get(pk=inbox_id)
    session = open_session(inbox=inbox, name=name, email=email)
    access = access_of_user(account_id=account_id, user_id=agent.user_id)
    assert access is not None
    number = 0
    for line in lines:
        if line.startswith(("> ", "# ")):
            draft = MessageDraft(content=line[2:], private=line.startswith("# "))
            create_message(actor=access.actor, access=access, display_id=number, draft=draft)
        else:
            draft = MessageDraft(content=line, message_type="incoming")
            number = receive_message(session=session, draft=draft)["conversation_id"]
    if status != "open":
        change_status(actor=access.actor, access=access, display_id=number, status=status)
