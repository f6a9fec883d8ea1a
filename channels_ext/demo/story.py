"""Two months of a shop, made up of scripts: who writes when, who answers after how long, and how it ends.

Pure but for the files: the same dice make the same story, the times hang on `now`.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from accounts.models import AgentBot, Membership, Team
from channels_ext.demo import cast
from channels_ext.demo.scripts import Script, talks
from conversations import shapes
from conversations.actions.seeding import Past, Step
from conversations.models import Contact, ContactInbox

CONVERSATIONS = 420
DAYS = 62
SEED = 1871  # the year on the shop's sign
_ENDS_BY_AGE = (
    (timedelta(hours=6), {"open": 80, "pending": 10, "resolved": 5, "snoozed": 5}),
    (timedelta(days=3), {"open": 45, "resolved": 38, "snoozed": 9, "pending": 8}),
    (timedelta(days=14), {"open": 14, "resolved": 72, "snoozed": 8, "pending": 6}),
    (timedelta(days=999), {"open": 3, "resolved": 93, "snoozed": 2, "pending": 2}),
)


@dataclass
class Stage:
    """What the story plays on. `people` are the members of each inbox (by its key), `sessions` its contacts."""

    now: datetime.datetime
    bot: AgentBot
    people: dict[str, list[Membership]]
    teams: dict[str, Team]
    customers: dict[str, list[tuple[cast.Customer, ContactInbox]]] = field(default_factory=dict)
    dice: random.Random = field(default_factory=lambda: random.Random(SEED))


def make_contacts(
    stage: Stage, inboxes: dict[str, int]
) -> dict[str, list[tuple[cast.Customer, Contact, int]]]:
    """Unsaved contacts by the key of the inbox they come in by. Nobody is in two."""
    people = cast.customers(stage.dice)
    shares = {"trade": people[8:16], "market": people[16:26]}
    elsewhere = {one.name for share in shares.values() for one in share}
    shares["shop"] = [one for one in people if one.name not in elsewhere]
    return {
        key: [(one, _contact(one, number, key, stage), inboxes[key]) for number, one in enumerate(share)]
        for key, share in shares.items()
    }


def _contact(customer: cast.Customer, number: int, key: str, stage: Stage) -> Contact:
    dice, known = stage.dice, number % 7 != 3  # some never left an address
    since = stage.now - timedelta(days=dice.randrange(DAYS + 1, 1800))
    custom: dict[str, Any] = {
        "loyalty_tier": dice.choice(("Acorn", "Sapling", "Oak")),
        "newsletter": dice.random() < 0.5,
    }
    if known:
        custom["customer_since"] = since.date().isoformat()
    if key == "trade":
        custom["vat_number"] = f"{customer.country}{dice.randrange(10**8, 10**9)}"
    return Contact(
        name=customer.name,
        email=f"{key}.customer{number}@example.org" if known else None,
        phone_number=f"+4940{dice.randrange(10**6, 10**7)}{number:03d}" if number % 3 == 0 else None,
        contact_type=Contact.Type.CUSTOMER if known else Contact.Type.VISITOR,
        custom_attributes=custom,
        additional_attributes={"demo": True, "city": customer.city, "country_code": customer.country},
        labels=["vip"] if number % 17 == 5 else [],
        created_at=since,
    )


def make_story(stage: Stage) -> list[Past]:
    births = sorted(_birth(stage) for _number in range(CONVERSATIONS))
    scripts = _in_turn(stage, len(births))
    return [_conversation(stage, script, born) for script, born in zip(scripts, births, strict=True)]


def _birth(stage: Stage) -> datetime.datetime:
    """More of them lately, most of them by day."""
    age = timedelta(days=DAYS * stage.dice.random() ** 1.7, hours=0.1)
    born = stage.now - age
    if stage.dice.random() < 0.8 and age > timedelta(days=1):
        born = born.replace(hour=stage.dice.randrange(7, 20))
    return born


def _in_turn(stage: Stage, count: int) -> list[Script]:
    """English ones more often than others; never the same one again before all had their turn."""
    pool: list[Script] = []
    while len(pool) < count:
        deck = [script for script in talks() for _copy in range(2 if script.language == "en" else 1)]
        stage.dice.shuffle(deck)
        pool += deck
    return pool[:count]


def _conversation(stage: Stage, script: Script, born: datetime.datetime) -> Past:
    dice = stage.dice
    offered = stage.customers[script.inbox]
    customer, session = dice.choice(
        [pair for pair in offered if pair[0].language == script.language] or offered
    )
    agent = dice.choice(stage.people[script.inbox])
    facts = cast.facts(customer, agent.user.name, dice)
    end = _end(stage, stage.now - born)
    player = _Player(stage, agent, facts, born)
    player.play(script, end)
    labels = tuple(dict.fromkeys(label for label in (script.topic, *session.contact.labels) if label))
    return Past(
        session=session,
        steps=tuple(player.steps),
        labels=labels if dice.random() < 0.85 else (),
        priority=_priority(script, dice),
        custom_attributes=_custom(facts, script, dice),
        additional_attributes=_additional(script, born),
    )


def _end(stage: Stage, age: timedelta) -> str:
    chances = next(chances for limit, chances in _ENDS_BY_AGE if age < limit)
    return stage.dice.choices(list(chances), list(chances.values()))[0]


def _priority(script: Script, dice: random.Random) -> int | None:
    if script.priority:
        return shapes.PRIORITIES.index(script.priority)
    return dice.choice((0, 0, 1)) if dice.random() < 0.12 else None


def _custom(facts: dict[str, str], script: Script, dice: random.Random) -> dict[str, Any]:
    mentioned = any("{order}" in wording for _who, wordings in script.lines for wording in wordings)
    if not mentioned:
        return {}
    carrier = dice.choice(("Nordfracht", "Kestrel", "Our own van"))
    found: dict[str, Any] = {"order_number": facts["order"], "order_value": float(facts["price"])}
    return found | ({"carrier": carrier} if script.team == "deliveries" else {})


def _additional(script: Script, born: datetime.datetime) -> dict[str, Any]:
    found: dict[str, Any] = {"demo": True}
    if script.inbox != "market":
        found["referer"] = "https://harbor-oak.example/" + ("orders" if script.topic == "delivery" else "")
        found["initiated_at"] = {"timestamp": born.strftime("%a %b %d %Y %H:%M:%S GMT+0000")}
        found["browser"] = {"browser_name": "Firefox", "platform_name": "Linux", "device_name": "Unknown"}
    return found


class _Player:
    """Turns the lines of one script into steps with times, up to now and no further."""

    def __init__(
        self, stage: Stage, agent: Membership, facts: dict[str, str], born: datetime.datetime
    ) -> None:
        self._stage, self._agent, self._facts = stage, agent, facts
        self._clock = born
        self.steps: list[Step] = []
        self._taken = False

    def play(self, script: Script, end: str) -> None:
        dice = self._stage.dice
        lines = script.lines
        if end in {"open", "pending"} and len(lines) > 1:  # in the middle of it
            lines = lines[: dice.randrange(1, len(lines) + 1)]
        for number, (who, wordings) in enumerate(lines):
            text = dice.choice(wordings).format(**self._facts)
            self._wait(first=number == 0, who=who)
            if not self._line(who, text, script):
                return
        self._finish(end)

    def _wait(self, *, first: bool, who: str) -> None:
        dice = self._stage.dice
        if first:
            return
        if who == "b":
            self._clock += timedelta(seconds=dice.uniform(0.8, 3))
        elif self._stage.now - self._clock < timedelta(hours=8):
            self._clock += timedelta(minutes=dice.uniform(0.6, 9))
        else:
            self._clock += timedelta(minutes=dice.lognormvariate(3.0 if who == "a" else 2.4, 1.1))

    def _line(self, who: str, text: str, script: Script) -> bool:
        """False when the story has reached the present."""
        if self._clock >= self._stage.now - timedelta(seconds=30):
            return False
        if who == "c":
            self._add("says", content=text)
        elif who == "b":
            self._add("answers", bot=self._stage.bot, content=text)
        else:
            self._take(script)
            self._add("replies" if who == "a" else "notes", by=self._agent, content=text)
        return True

    def _take(self, script: Script) -> None:
        """Before the first answer somebody has opened it and taken it on."""
        self._add("sees", by=self._agent)
        if self._taken:
            return
        self._taken = True
        boss = self._stage.people["shop"][0]
        by = boss if self._stage.dice.random() < 0.3 else self._agent
        if script.team:
            self._add("teams", by=by, team=self._stage.teams[script.team])
        if self._stage.dice.random() < 0.85:
            self._add("assigns", by=by, assignee=self._agent)

    def _finish(self, end: str) -> None:
        dice, left = self._stage.dice, self._stage.now - self._clock
        if end == "open" or left < timedelta(minutes=10):
            return
        self._clock += min(timedelta(minutes=dice.uniform(2, 90)), left / 2)
        self._add("sees", by=self._agent)
        until = self._stage.now + timedelta(hours=dice.randrange(3, 240)) if end == "snoozed" else None
        self._add("status", by=self._agent, status=end, until=until)
        later = self._stage.now - self._clock
        if end == "resolved" and later > timedelta(days=2) and dice.random() < 0.07:
            self._clock += timedelta(hours=dice.uniform(3, 40))
            self._add("says", content=dice.choice(_AFTERTHOUGHTS).format(**self._facts))

    def _add(self, kind: str, **more: Any) -> None:
        self._clock += timedelta(milliseconds=40)  # what happens together keeps its order
        self.steps.append(Step(at=self._clock, kind=kind, **more))


_AFTERTHOUGHTS = (
    "One more thing: does the {product} come with felt pads?",
    "Thank you once more, it is here! 🎉",
    "🙏",
)


def placed(steps: Sequence[Step], *, end: datetime.datetime, gap: timedelta) -> tuple[Step, ...]:
    """The steps with times `gap` apart, the last one at `end`."""
    first = end - gap * (len(steps) - 1)
    return tuple(replace(step, at=first + gap * number) for number, step in enumerate(steps))
