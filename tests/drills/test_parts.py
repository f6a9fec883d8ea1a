"""The drill's own parts: the ledger, the webhook's stub, the pace, a sender."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.drills.calls import Caller
from tests.drills.ledger import Draft, Ledger, read
from tests.drills.senders import Line, Pace, Sender, public_body
from tests.drills.stub import Stub


def draft(name: str = "vera", place: int = 1) -> Draft:
    return Draft(echo_id=f"drill-{name}-{place}", sender=name, conversation=7, place=place, text="Hello")


# --- ledger -----------------------------------------------------------------------------------------
def test_the_ledger_can_be_read_back_by_somebody_else(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    ledger.plan(draft())
    ledger.plan(draft(place=2))
    for answer, message_id in (("none", None), ("503", None), ("200", 11), ("200", 11)):
        ledger.attempt("drill-vera-1")
        ledger.answered("drill-vera-1", answer=answer, message_id=message_id)
    ledger.attempt("drill-vera-2")
    ledger.answered("drill-vera-2", answer="429")
    ledger.give_up("drill-vera-2")
    ledger.note("hurting", fault="web")
    assert read(tmp_path / "ledger") == ledger.sent
    assert ledger.accepted == 1
    assert ledger.answers() == Counter({"200": 2, "none": 1, "503": 1, "429": 1})
    assert ledger.sent["drill-vera-1"].attempts == 4
    assert ledger.sent["drill-vera-2"].only_refused


# --- stub -------------------------------------------------------------------------------------------
async def post(stub: Stub, body: dict[str, Any], key: str = "key1") -> bytes:
    """The first line of the answer, b"" when the connection was cut."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(stub.url.split(":")[2].split("/")[0]))
    data = json.dumps(body).encode()
    writer.write(b"POST /hook HTTP/1.1\r\nHost: stub\r\nWebhook-Id: " + key.encode())
    writer.write(b"\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(data) + data)
    answer = await reader.read()
    writer.close()
    return answer.split(b"\r\n")[0]


def message(number: int = 3) -> dict[str, Any]:
    return {"event": "message_created", "id": number, "conversation": {"id": 7}}


async def test_the_stub_writes_down_what_arrives_before_it_answers(tmp_path: Path) -> None:
    stub = Stub(path=tmp_path / "log", rng=random.Random(1), moods={"well": 1})
    await stub.start()
    assert await post(stub, message()) == b"HTTP/1.1 200 OK"
    assert await post(stub, {"event": "conversation_created", "id": 7}, key="key2") == b"HTTP/1.1 200 OK"
    assert await post(stub, {"id": 3}) == b"HTTP/1.1 500 Internal Server Error"
    await stub.stop()
    assert [(one.key, one.event, one.message_id, one.conversation) for one in stub.arrivals] == [
        ("key1", "message_created", 3, 7),
        ("key2", "conversation_created", None, 7),
    ]
    assert list(stub.heard) == [3]
    assert len(stub.unreadable) == 1
    assert len((tmp_path / "log").read_text().splitlines()) == 2


@pytest.mark.parametrize(("mood", "answer"), [("error", b"HTTP/1.1 500 Internal Server Error"), ("cut", b"")])
async def test_only_the_first_try_of_a_delivery_meets_the_stubs_mood(
    tmp_path: Path, mood: str, answer: bytes
) -> None:
    stub = Stub(path=tmp_path / "log", rng=random.Random(1), moods={mood: 1})
    await stub.start()
    stub.spared = {8}
    first, second = await post(stub, message()), await post(stub, message())
    spared = await post(stub, {**message(4), "conversation": {"id": 8}}, key="key2")
    await stub.stop()
    assert [first, second, spared] == [answer, b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK"]
    assert [one.mood for one in stub.arrivals] == [mood, "well", "well"]


# --- pace -------------------------------------------------------------------------------------------
async def test_traffic_never_runs_more_than_two_steps_ahead_of_the_faults() -> None:
    pace, started = Pace(messages=40, faults=3), list[int]()

    async def write() -> None:
        for number in range(40):
            await pace.turn()
            started.append(number)

    writing = asyncio.create_task(write())
    reached = []
    for after in (lambda: None, pace.fault_over, pace.all_over):
        after()
        await asyncio.sleep(0.01)
        reached.append(len(started))
    await writing
    assert reached == [20, 30, 40]


# --- sender -----------------------------------------------------------------------------------------
async def test_a_sender_repeats_under_the_same_identity_until_it_is_accepted(tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length:")[1].split("\r\n")[0])
        heard.append(json.loads(await reader.readexactly(length)))
        if len(heard) > 1:  # the first one gets no answer
            status = "503 Away" if len(heard) == 2 else "200 OK"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 8\r\nConnection: close\r\n\r\n".encode())
            writer.write(b'{"id":9}')
        writer.close()

    server = await asyncio.start_server(door, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ledger = Ledger(tmp_path / "ledger")
    with ThreadPoolExecutor(2) as pool:
        line = Line(name="vera", conversation=7, path="/messages", body=public_body)
        caller = Caller(port=port, address="10.0.0.1", pool=pool)
        sender = Sender(line=line, caller=caller, ledger=ledger, rng=random.Random(1))
        assert await sender.send(sender.draft()) == 9
    server.close()
    assert heard == [{"content": "message 1 of vera", "echo_id": "drill-vera-1"}] * 3
    known = ledger.sent["drill-vera-1"]
    assert (known.attempts, known.message_ids, dict(known.answers)) == (
        3,
        [9],
        {"none": 1, "503": 1, "200": 1},
    )
