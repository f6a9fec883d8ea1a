"""What goes to a socket as bytes that are ready for the wire, and when it does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from channels_ext.realtime.sockets import MAX_BYTES, RESYNC, Message, Socket, text_frame, wire_frame


@dataclass
class Server:
    """Our own server, as a socket of the hub sees it."""

    buffered: int = 0
    written: list[bytes] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    def socket(self, *messages: Message, ready: bool = True) -> Socket:
        return Socket(
            send=self.send,
            render=lambda _delivery: messages,
            buffered=lambda: self.buffered,
            kind="dashboard",
            write=self.written.append if ready else None,
        )


@dataclass
class News:
    seq: int = 1
    groups: tuple[str, ...] = ()


def read(data: bytes) -> list[str]:
    """The texts that a client makes of it."""
    reader, texts = StreamReader(), []
    reader.feed_data(data)
    reader.feed_eof()
    while reader.buffer:
        parsing: Any = Frame.parse(reader.read_exact, mask=False)
        try:
            next(parsing)
        except StopIteration as parsed:
            assert (parsed.value.opcode, parsed.value.fin) == (Opcode.TEXT, True)
            texts.append(bytes(parsed.value.data).decode())
    return texts


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_ready_frame_is_one_whole_unmasked_text_frame(size: int) -> None:
    assert read(wire_frame(b"x" * size)) == ["x" * size]


def test_the_frames_of_one_event_are_one_write() -> None:
    server = Server()
    server.socket(text_frame({"a": "ü"}), text_frame({"b": 2})).deliver(News())
    assert [read(data) for data in server.written] == [['{"a":"ü"}', '{"b":2}']]
    assert server.sent == []


def test_every_socket_is_given_the_same_bytes() -> None:
    first, second, frame = Server(), Server(), text_frame({"a": 1})
    for server in (first, second):
        server.socket(frame).deliver(News())
    assert first.written == second.written


def test_frames_of_a_sockets_own_go_the_usual_way_and_keep_their_order() -> None:
    server = Server()
    own: Message = {"type": "websocket.send", "text": "own"}
    server.socket(text_frame({"a": 1}), own).deliver(News())
    assert server.written == []
    assert [message["text"] for message in server.sent] == ['{"a":1}', "own"]


def test_another_server_gets_messages_as_before() -> None:
    server = Server()
    server.socket(text_frame({"a": 1}), ready=False).deliver(News())
    assert [message["text"] for message in server.sent] == ['{"a":1}']


def test_a_slow_reader_is_told_to_resync_and_closed_before_it_costs_more() -> None:
    server = Server(buffered=MAX_BYTES + 1)
    socket = server.socket(text_frame({"a": 1}))
    socket.deliver(News())
    socket.deliver(News(seq=2))
    assert server.written == []
    assert [message.get("text") or message["code"] for message in server.sent] == [
        '{"type":"resync"}',
        RESYNC,
    ]
    assert socket.closed


def test_what_was_replayed_or_closed_gets_nothing() -> None:
    server = Server()
    socket = server.socket(text_frame({"a": 1}))
    socket.floor = 1
    socket.deliver(News(seq=1))
    socket.closed = True
    socket.deliver(News(seq=2))
    assert server.written == []
