"""Drill D6: webhooks to endpoints of every mood, on a schedule 20,000 times as fast, while workers are killed."""

from __future__ import annotations

import datetime
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from automation.actions.webhook_log import replay_range, resume_webhook
from automation.models import WebhookDelivery, WebhookPause
from config.database import account_scope
from config.sending import MOST_TRIES
from inboxes.models import Webhook
from tests import factories
from tests.browser.places import ROOT
from tests.channels_ext.receiver import Arrival, Receiver, is_signed
from tests.factories import Cast
from tests.workers import Workers

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

EVENTS = int(os.environ.get("DRILL_WEBHOOK_EVENTS", "100"))
KILLS = int(os.environ.get("DRILL_WEBHOOK_KILLS", "20"))
PER_SECOND, TALKS = 10, 8
WELL = ("fine", "slow", "flaky", "dropping", "busy", "chatty")
NEVER = ("broken", "moved", "hanging")
NAMES = (*WELL, *NEVER, "gone")
REPAIRED = "broken"  # and sent again in the end


class Endpoints(Receiver):
    """One server, a path per mood."""

    def __init__(self) -> None:
        super().__init__()
        self.tries: defaultdict[tuple[str, str], int] = defaultdict(int)
        self.well = set(WELL)
        self.said_yes: set[tuple[str, str]] = set()
        self.answer = self._answer

    def _answer(self, arrival: Arrival) -> tuple[int, dict[str, str], bytes]:
        name = arrival.path.strip("/")
        self.tries[name, arrival.key] += 1
        status, headers = self._mood(name, self.tries[name, arrival.key])
        if status == 200:
            self.said_yes.add((name, arrival.key))
        return status, headers, b"x" * 50_000 if name == "chatty" else b"ok"

    def _mood(self, name: str, tries: int) -> tuple[int, dict[str, str]]:
        if name in ("slow", "hanging"):
            time.sleep(0.05 if name == "slow" else 1.5)
        if name == "dropping" and tries == 1:
            raise ConnectionAbortedError
        first = {"flaky": 500, "busy": 429}.get(name)
        if first and tries == 1:
            return first, {}
        if name in self.well:
            return 200, {}
        return {"moved": 302, "gone": 410}.get(name, 500), {"Location": f"http://127.0.0.1:{self.port}/trap"}

    def of(self, name: str) -> list[Arrival]:
        return [one for one in list(self.arrivals) if one.path == f"/{name}"]


class Hands:
    """Two workers, one of which is killed every now and then."""

    def __init__(self, account_id: int, twin: str = "") -> None:
        database = connection.settings_dict
        credentials = f"{database['USER']}:{database['PASSWORD']}@" if database["USER"] else ""
        address = f"{credentials}:{database['PORT'] or 5432}/{database['NAME']}?host={database['HOST']}"
        self.environment = {
            **os.environ,
            "DATABASE_URL": f"postgresql://{address}",
            "REDIS_URL": settings.REDIS_URL,
            "ENVIRONMENT": "test",
            "DJANGO_SETTINGS_MODULE": "config.settings_test",
        }
        self.command = [sys.executable, "-m", "tests.drills.webhook_worker", str(account_id), twin]
        self.kills = 0
        self.running = [self._start(), self._start()]

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill_now_and_then(self, dice: random.Random, stop: threading.Event) -> None:
        while self.kills < KILLS and not stop.wait(dice.uniform(0.8, 1.8)):
            place = dice.randrange(2)
            self.running[place].send_signal(signal.SIGKILL)
            self.running[place].wait()
            self.kills += 1
            self.running[place] = self._start()

    def stop(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture
def endpoints() -> Iterator[Endpoints]:
    made = Endpoints()
    made._server.handle_error = lambda *_args: None  # type: ignore[method-assign]  # hanging up is what it is to do
    with made.listening():
        yield made


def subscribe(cast: Cast, endpoints: Endpoints) -> dict[str, Webhook]:
    with account_scope(cast.account.pk):
        return {
            name: Webhook.objects.create(
                account=cast.account,
                url=f"http://127.0.0.1:{endpoints.port}/{name}",
                subscriptions=["message_created"],
            )
            for name in NAMES
        }


def write_all(cast: Cast, count: int) -> None:
    """So many messages a second into a few conversations, each planned as the workers do."""
    sessions = [factories.make_session(cast.inbox, f"Visitor {number}") for number in range(TALKS)]
    workers = Workers("automation.webhooks.plan")
    began = time.monotonic()
    for number in range(count):
        factories.hear(sessions[number % TALKS], f"Message {number}")
        workers.work(cast.account.pk)
        time.sleep(max(0.0, began + (number + 1) / PER_SECOND - time.monotonic()))


def undone(cast: Cast) -> int:
    with account_scope(cast.account.pk):
        rows = WebhookDelivery.objects.filter(state__in=["queued", "sending"])
        return rows.exclude(webhook__pause__isnull=False).count()


def wait_until_done(cast: Cast, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while undone(cast):
        assert time.monotonic() < end, f"{undone(cast)} deliveries are still undone"
        time.sleep(0.2)


def breaches(cast: Cast, endpoints: Endpoints, hooks: dict[str, Webhook], count: int) -> list[str]:
    """What a customer behind these endpoints could complain of."""
    found: list[str] = []
    with account_scope(cast.account.pk):
        rows = list(WebhookDelivery.objects.order_by("id"))
        paused = set(WebhookPause.objects.values_list("webhook_id", flat=True))
    by_name = {hook.pk: name for name, hook in hooks.items()}
    for row in rows:
        name = by_name[row.webhook_id]
        if row.state == "accepted" and (name, row.key) not in endpoints.said_yes:
            found.append(f"{name}: {row.key} counts as accepted and was not")
        if row.state not in ("accepted", "failed") and row.webhook_id not in paused:
            found.append(f"{name}: {row.key} is {row.state}")
        if row.attempts > MOST_TRIES + 1:
            found.append(f"{name}: {row.key} was tried {row.attempts} times")
    for name in WELL:
        accepted = {row.key for row in rows if by_name[row.webhook_id] == name and row.state == "accepted"}
        if len(accepted) != count:
            found.append(f"{name}: {len(accepted)} of {count} accepted")
    found += [f"{name} is not paused" for name in (*NEVER, "gone") if hooks[name].pk not in paused]
    found += [f"{name} is paused" for name in WELL if hooks[name].pk in paused]
    return [*found, *_of_arrivals(endpoints, hooks, rows)]


def _of_arrivals(endpoints: Endpoints, hooks: dict[str, Webhook], rows: list[Any]) -> list[str]:
    found: list[str] = []
    if endpoints.of("trap"):
        found.append("a redirect was followed")
    lane_of = {(row.webhook_id, row.key): (row.lane, row.pk) for row in rows}
    for name, hook in hooks.items():
        bodies: dict[str, bytes] = {}
        first: defaultdict[str, list[int]] = defaultdict(list)
        for arrival in endpoints.of(name):
            if not is_signed(arrival, hook.secret):
                found.append(f"{name}: {arrival.key} is not signed")
            if arrival.key not in bodies:
                lane, number = lane_of[hook.pk, arrival.key]
                first[lane].append(number)
            if bodies.setdefault(arrival.key, arrival.body) != arrival.body:
                found.append(f"{name}: {arrival.key} came with another body")
        found += [
            f"{name}: {lane} out of order" for lane, numbers in first.items() if numbers != sorted(numbers)
        ]
    return found


def p95_of_first_arrivals(cast: Cast, endpoints: Endpoints, name: str, hook: Webhook) -> float:
    """Seconds from the planning to the first knock."""
    now, ticks = timezone.now(), time.monotonic()
    with account_scope(cast.account.pk):
        rows = WebhookDelivery.objects.filter(webhook=hook).values_list("key", "created_at")
        made = {key: ticks - (now - created_at).total_seconds() for key, created_at in rows}
    first: dict[str, float] = {}
    for arrival in endpoints.of(name):
        first.setdefault(arrival.key, arrival.at)
    taken = sorted(at - made[key] for key, at in first.items())
    return taken[int(len(taken) * 0.95) - 1]


def test_every_event_is_delivered_or_in_the_log_whatever_dies(
    committed_cast: Cast, endpoints: Endpoints
) -> None:
    cast, dice, stop = committed_cast, random.Random(6), threading.Event()
    hooks = subscribe(cast, endpoints)
    hands = Hands(cast.account.pk)
    killer = threading.Thread(target=hands.kill_now_and_then, args=(dice, stop))
    try:
        killer.start()
        write_all(cast, EVENTS)
        killer.join(timeout=KILLS * 4)
        stop.set()
        wait_until_done(cast)

        assert hands.kills == KILLS
        assert breaches(cast, endpoints, hooks, EVENTS) == []
        print(f"\n{EVENTS} events, {len(endpoints.arrivals)} calls, {hands.kills} kills")
        _send_again(cast, endpoints, hooks[REPAIRED])
    finally:
        stop.set()
        hands.stop()
        killer.join(timeout=5)


def _send_again(cast: Cast, endpoints: Endpoints, hook: Webhook) -> None:
    """The endpoint is repaired: what waited comes, and what had failed comes by replay, as new ones."""
    endpoints.well.add(REPAIRED)
    access = factories.access_of(cast.alice)
    with account_scope(cast.account.pk):
        failed = set(
            WebhookDelivery.objects.filter(webhook=hook, state="failed").values_list("key", flat=True)
        )
        resume_webhook(access=access, webhook_id=hook.pk)
        since = timezone.now() - datetime.timedelta(hours=1)
        again = replay_range(
            access=access, webhook_id=hook.pk, since=since, until=timezone.now(), only_failed=True
        )
    assert failed
    assert again == len(failed)
    wait_until_done(cast)
    arrived = {
        one.json["content"] for one in endpoints.of(REPAIRED) if (REPAIRED, one.key) in endpoints.said_yes
    }
    assert arrived == {f"Message {number}" for number in range(EVENTS)}


def test_one_that_hangs_keeps_no_other_waiting(committed_cast: Cast, endpoints: Endpoints) -> None:
    hooks = subscribe(committed_cast, endpoints)
    hands = Hands(committed_cast.account.pk)
    time.sleep(8)  # they load Django first
    try:
        write_all(committed_cast, 40)
        wait_until_done(committed_cast)
    finally:
        hands.stop()

    slowest = {name: p95_of_first_arrivals(committed_cast, endpoints, name, hooks[name]) for name in WELL}
    print(f"\np95 of the first knock: {slowest}")
    assert max(slowest.values()) < 5, slowest


def test_the_twin_that_acknowledges_early_is_found_out(committed_cast: Cast, endpoints: Endpoints) -> None:
    hooks = subscribe(committed_cast, endpoints)
    hands = Hands(committed_cast.account.pk, "early-ack")
    try:
        write_all(committed_cast, 10)
        wait_until_done(committed_cast)
    finally:
        hands.stop()

    found = breaches(committed_cast, endpoints, hooks, 10)
    assert any("flaky" in one and "counts as accepted and was not" in one for one in found)
    assert any("broken is not paused" in one for one in found)
