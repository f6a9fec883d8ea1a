"""The checks: each takes the evidence and names every breach of one promise. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from tests.drills.evidence import Evidence, Recovery, Stored, View
from tests.drills.ledger import Sent
from tests.drills.stub import Arrival

HONEST = {"none", "429", "503"}  # beside 2xx: what a client may be told while something is down


def stored_once(evidence: Evidence) -> Iterable[str]:
    """Every accepted message is stored exactly once, as it was sent, and every 2xx named that row."""
    rows: dict[str, list[Stored]] = defaultdict(list)
    for row in evidence.stored:
        rows[row.echo_id].append(row)
    for sent in evidence.sent:
        yield from _stored_once(sent, rows.pop(sent.draft.echo_id, []))
    for echo_id in rows:
        yield f"{echo_id} is stored, and nobody sent it"


def _stored_once(sent: Sent, rows: list[Stored]) -> Iterable[str]:
    draft = sent.draft
    if not sent.accepted and not sent.given_up:
        yield f"{draft.echo_id} was never accepted ({sent.attempts} attempts)"
    if sent.only_refused and rows:
        yield f"{draft.echo_id} was answered 429 only, and is stored"
    if sent.accepted and not rows:
        yield f"{draft.echo_id} was accepted as {sent.message_ids[0]}, and is LOST"
    if len(rows) > 1:
        yield f"{draft.echo_id} is stored {len(rows)} times"
    for row in rows[:1]:
        if (row.conversation, row.content, row.private) != (draft.conversation, draft.text, draft.private):
            yield f"{draft.echo_id} is not stored as it was sent: {row}"
        if any(message_id != row.id for message_id in sent.message_ids):
            yield f"{draft.echo_id} is stored as {row.id}, and was accepted as {sent.message_ids}"


def answered_honestly(evidence: Evidence) -> Iterable[str]:
    for sent in evidence.sent:
        for answer, times in sent.answers.items():
            if not answer.startswith("2") and answer not in HONEST:
                yield f"{sent.draft.echo_id} was answered {answer} ({times} times)"


def limits_are_on(evidence: Evidence) -> Iterable[str]:
    if not evidence.limited:
        yield "the impatient visitor was never told to wait"


def kept_in_order(evidence: Evidence) -> Iterable[str]:
    """Who sends one after another is stored in that order."""
    last: dict[str, tuple[int, str]] = {}
    for sent in sorted(evidence.sent, key=lambda sent: (sent.draft.sender, sent.draft.place)):
        if not sent.accepted:
            continue
        before, echo_id = last.get(sent.draft.sender, (0, ""))
        if sent.message_ids[0] <= before:
            yield f"{sent.draft.echo_id} is stored before {echo_id}"
        last[sent.draft.sender] = (sent.message_ids[0], sent.draft.echo_id)


# --- the webhook ------------------------------------------------------------------------------------
def _created(evidence: Evidence) -> list[Arrival]:
    return [one for one in evidence.arrivals if one.event == "message_created" and one.message_id is not None]


def heard_at_the_webhook(evidence: Evidence) -> Iterable[str]:
    heard = {one.message_id for one in _created(evidence)}
    for row in evidence.stored:
        if row.to_webhook and row.id not in heard:
            yield f"message {row.id} ({row.echo_id}) never arrived at the webhook"
        if not row.to_webhook and row.id in heard:
            yield f"message {row.id} of another inbox arrived at the webhook"
    for problem in evidence.unreadable:
        yield f"the webhook could not read: {problem}"


def one_key_per_message(evidence: Evidence) -> Iterable[str]:
    """A repetition is one: the same key, the same bytes. And no key speaks for two messages."""
    keys: dict[int, set[str]] = defaultdict(set)
    bodies: dict[str, set[str]] = defaultdict(set)
    for one in _created(evidence):
        keys[one.message_id or 0].add(one.key)
    for one in evidence.arrivals:
        bodies[one.key].add(one.digest)
    for message_id, its in keys.items():
        if len(its) > 1:
            yield f"message {message_id} arrived under {len(its)} keys"
    for key, its in bodies.items():
        if len(its) > 1:
            yield f"key {key} came with {len(its)} different bodies"


def in_order_at_the_webhook(evidence: Evidence) -> Iterable[str]:
    """First arrivals per conversation, in the order in which the messages were stored."""
    first: dict[int, Arrival] = {}
    for one in _created(evidence):
        first.setdefault(one.message_id or 0, one)
    newest: dict[int | None, int] = {}
    for one in first.values():
        before, message_id = newest.get(one.conversation, 0), one.message_id or 0
        if message_id < before:
            yield f"message {message_id} arrived after {before} in conversation {one.conversation}"
        newest[one.conversation] = max(before, message_id)


# --- the sockets ------------------------------------------------------------------------------------
def nothing_missed(evidence: Evidence) -> Iterable[str]:
    for view in evidence.views:
        seen = {message_id for message_id, _ in view.seen}
        missed = [row for row in evidence.stored if view.may_see(row) and row.id not in seen]
        if missed:
            some = ", ".join(str(row.id) for row in missed[:5])
            yield f"{view.name} missed {len(missed)} messages ({some} …)"
        yield from (f"{view.name} was told: {error}" for error in view.errors)


def nothing_foreign(evidence: Evidence) -> Iterable[str]:
    """Nobody sees what is not theirs; above all no visitor a private note."""
    rows = {row.id: row for row in evidence.stored}
    for view in evidence.views:
        for message_id, conversation in view.seen:
            row = rows.get(message_id)
            if row is not None and not view.may_see(row):
                what = "a private note" if row.private else "a message of somebody else"
                yield f"{view.name} saw {what}: {message_id} in conversation {conversation}"
            if row is None and view.is_visitor and conversation != view.conversation:
                yield f"{view.name} saw {message_id} of conversation {conversation}"


def in_order_on_screen(evidence: Evidence) -> Iterable[str]:
    for view in evidence.views:
        newest: dict[int, int] = {}
        pushed = [pair for pair in view.seen if pair[0] not in view.fetched]
        for message_id, conversation in pushed:
            if message_id < newest.get(conversation, 0):
                before = newest[conversation]
                yield f"{view.name} saw {message_id} after {before} in conversation {conversation}"
            newest[conversation] = max(newest.get(conversation, 0), message_id)


def stayed_open(evidence: Evidence) -> Iterable[str]:
    """Only who kills the web server cuts connections."""
    windows = [_window(one, evidence.allowed) for one in evidence.recoveries if one.fault == "web"]
    for view in evidence.views:
        for at, how in view.lost:
            if not any(start <= at <= end for start, end in windows):
                yield f"{view.name} lost its connection ({how}) {_after(at, evidence.recoveries)}"


def _window(recovery: Recovery, allowed: float) -> tuple[float, float]:
    return recovery.at - 0.1, recovery.at + (recovery.seconds or allowed)


def _after(at: float, recoveries: list[Recovery]) -> str:
    before = [one for one in recoveries if one.at <= at]
    return f"{at - before[-1].at:.1f} s after {before[-1].fault}" if before else "before the first fault"


# --- afterwards -------------------------------------------------------------------------------------
def recovered(evidence: Evidence) -> Iterable[str]:
    for place, one in enumerate(evidence.recoveries, 1):
        seconds = one.seconds
        if seconds is None:
            yield f"fault {place} ({one.fault}): no recovery ({_parts(one)})"
        elif seconds > evidence.allowed:
            yield f"fault {place} ({one.fault}): {seconds:.1f} s ({_parts(one)})"


def _parts(recovery: Recovery) -> str:
    names = ("accepted", "heard", "seen", "healthy")
    values = [(name, getattr(recovery, name)) for name in names]
    return ", ".join(f"{name} {'never' if value is None else f'{value:.1f} s'}" for name, value in values)


def nothing_stuck(evidence: Evidence) -> Iterable[str]:
    for name, count in evidence.leftovers.items():
        yield f"{count} {name}"


CHECKS: dict[str, Callable[[Evidence], Iterable[str]]] = {
    "every 2xx is stored exactly once": stored_once,
    "no answer but 2xx, 429, 503 or none": answered_honestly,
    "the rate limits are on": limits_are_on,
    "stored in the order of sending": kept_in_order,
    "every message reached the webhook": heard_at_the_webhook,
    "one key per message, one body per key": one_key_per_message,
    "in order at the webhook": in_order_at_the_webhook,
    "open sockets missed nothing": nothing_missed,
    "nobody saw what is not theirs": nothing_foreign,
    "in order on every screen": in_order_on_screen,
    "sockets stayed open but for the web server's kills": stayed_open,
    "recovered in time from every fault": recovered,
    "nothing stuck or inconsistent afterwards": nothing_stuck,
}


def examine(evidence: Evidence) -> dict[str, list[str]]:
    """Check -> its breaches."""
    return {name: list(check(evidence)) for name, check in CHECKS.items()}


def visible(view: View, stored: list[Stored]) -> int:
    """How many messages the view has to show."""
    return sum(view.may_see(row) for row in stored)
