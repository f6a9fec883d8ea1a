"""Creating a message through the API, everything included (token, permission, row-level security, validation,
outbox, rate limit), against pgbench with the same SQL and against a stock ModelSerializer on the same server."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from typing import Any

import orjson
from django.db import connection
from django.test import Client

from tests.bench import pgbench
from tests.bench.client import Load, drive, request
from tests.bench.data import INBOXES, OWN_INBOXES, Crowd
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.installation import crowds
from tests.bench.servers import Server, daphne, granian, running

CONTENT = "It left our warehouse this morning and should be with you by tomorrow evening, rain or shine. " * 2
SEED = 20261120
_CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK")


def measure(ground: Ground, effort: Any) -> list[Figure]:
    crowd = crowds(ground.conversations)[0]
    servers = {
        "granian": granian(ground),
        "daphne": daphne(ground),
        "stock": granian(ground, settings="tests.bench.stock.settings"),
    }
    with running(*servers.values()):
        program = pgbench.find(ground.folder)
        script = record(ground, crowd) if program else None
        writers = Writers(crowd)
        for server in servers.values():
            drive(port=server.port, seconds=1, next_request=writers.next_request)
        rates: dict[str, list[float]] = defaultdict(list)
        cpu: dict[str, list[float]] = defaultdict(list)
        p99: dict[str, list[float]] = defaultdict(list)
        for _ in range(effort.rounds):
            if program and script:
                file = ground.folder / "create.sql"
                rates["pgbench"].append(
                    pgbench.run(
                        program=program,
                        script=file,
                        texts=script.texts,
                        ground=ground,
                        seconds=effort.seconds,
                    )
                )
            for name, server in servers.items():
                load, cost = _loaded(server, writers, effort.seconds)
                rates[name].append(load.per_second)
                cpu[name].append(cost)
                p99[name].append(load.percentile_ms(0.99))
    return _figures(rates, cpu, p99)


def _loaded(server: Server, writers: Writers, seconds: float) -> tuple[Load, float]:
    """The load, and the server's CPU microseconds per answer."""
    before = server.cpu_seconds()
    load = drive(port=server.port, seconds=seconds, next_request=writers.next_request)
    return load, (server.cpu_seconds() - before) / len(load.latencies) * 1e6


def _figures(
    rates: dict[str, list[float]], cpu: dict[str, list[float]], p99: dict[str, list[float]]
) -> list[Figure]:
    def share(of: str, base: str, factor: float) -> list[float]:
        return (
            [a / b * factor for a, b in zip(rates[of], rates[base], strict=True)] if rates.get(base) else []
        )

    note = "" if rates.get("pgbench") else "there is no pgbench here"
    return [
        Figure(
            "create message, granian, of pgbench", share("granian", "pgbench", 100), "%", least=6, note=note
        ),
        Figure(
            "create message, daphne of make run, of pgbench",
            share("daphne", "pgbench", 100),
            "%",
            least=4,
            note=note,
        ),
        Figure("create message, times a stock ModelSerializer", share("granian", "stock", 1), "x", least=2),
        *(Figure(f"create message, {name}", values, "per second") for name, values in sorted(rates.items())),
        *(
            Figure(f"create message, {name}: server's CPU", values, "µs")
            for name, values in sorted(cpu.items())
        ),
        *(
            Figure(f"create message, {name}: p99 at saturation", values, "ms")
            for name, values in sorted(p99.items())
        ),
    ]


class Writers:
    """Eight members, an administrator and agents, who write into conversations they may see."""

    def __init__(self, crowd: Crowd) -> None:
        self.crowd = crowd
        self.random = random.Random(SEED)
        self.members = [(1, list(range(20)))]
        for member in range(2, 41):
            own = {1 + (member + k * 7) % INBOXES for k in range(OWN_INBOXES)}
            residues = [n for n in range(20) if pgbench.inbox_of(n) in own]
            if residues:
                self.members.append((member, residues))

    def conversation(self, residues: list[int]) -> int:
        return 20 * self.random.randrange(1, self.crowd.conversations // 20) + self.random.choice(residues)

    def next_request(self, number: int) -> bytes:
        member, residues = self.members[number % len(self.members)]
        body = orjson.dumps({"content": CONTENT, "echo_id": uuid.UUID(int=self.random.getrandbits(128)).hex})
        path = (
            f"/api/v1/accounts/{self.crowd.account_id}/conversations/{self.conversation(residues)}/messages"
        )
        return request("POST", path, token=self.crowd.token_of(member), body=body)


def record(ground: Ground, crowd: Crowd) -> pgbench.Script:
    """Send one message in this process, and keep its statements as a script for pgbench."""
    script = pgbench.Script(crowd=crowd, sample=_quiet_conversation(ground, crowd))

    def note(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        if not statement.startswith(_CONTROL):
            script.add(statement, params)
        return execute(statement, params, many, context)

    with connection.execute_wrapper(note):
        response = Client(HTTP_API_ACCESS_TOKEN=crowd.token_of(1)).post(
            f"/api/v1/accounts/{crowd.account_id}/conversations/{script.sample}/messages",
            {"content": CONTENT, "echo_id": uuid.uuid4().hex}, content_type="application/json", HTTP_HOST="127.0.0.1",
        )  # fmt: skip
    assert response.status_code == 200, response.content
    # Recorded, every replay would find the message that is there; without an echo_id it is written each time.
    echo = orjson.loads(response.content)["echo_id"]
    script.forget(echo)
    (ground.folder / "create.sql").write_text(script.text())
    return script


def _quiet_conversation(ground: Ground, crowd: Crowd) -> int:
    """One whose contact waits for nothing and whose number is like no other value in the statements."""
    with ground.owner() as conn:
        row = conn.execute(
            "SELECT display_id FROM conversations_conversation WHERE account_id = %s AND waiting_since IS NULL "
            "AND status = 1 AND display_id > %s ORDER BY display_id LIMIT 1",
            [crowd.account_id, crowd.conversations // 3],
        ).fetchone()
    assert row
    return int(row[0])
