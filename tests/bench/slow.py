"""Twenty people on slow lines download a large file: it must not end up in the server's memory."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from config.database import account_scope
from conversations.links import signed_path
from conversations.models import Attachment
from tests.bench.data import Crowd
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.installation import LARGE, crowds
from tests.bench.servers import Server, daphne, running

READERS, MEGABYTES = 20, 50
SECONDS, SIP, PAUSE = 12.0, 16 * 1024, 0.25  # 64 kB a second and reader


def measure(ground: Ground, _effort: Any) -> list[Figure]:
    crowd = crowds(ground.conversations)[LARGE - 1]
    server = daphne(ground)
    with _large_file(ground, crowd) as path, running(server):
        size = _download(server, path)
        assert size >= MEGABYTES * 2**20, size
        before = server.memory_mb()
        most = _sip(server, path)
    name = f"memory for {READERS} slow readers of {MEGABYTES} MB"
    return [Figure(name, [max(0.0, most - before)], "MB", most=10, note=f"process: {before:.0f} MB")]


@contextmanager
def _large_file(ground: Ground, crowd: Crowd) -> Iterator[str]:
    """The signed path of an attachment of that size."""
    file = ground.folder / "media" / "bench" / "large.bin"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        for _ in range(MEGABYTES):
            out.write(b"x" * 2**20)
    with account_scope(crowd.account_id):
        attachment = Attachment.objects.create(
            account_id=crowd.account_id, message_id=crowd.id_of(1), file="bench/large.bin", file_name="large.bin",
            file_type=Attachment.FileType.FILE, content_type="application/octet-stream", file_size=file.stat().st_size,
        )  # fmt: skip
    try:
        yield signed_path(account_id=crowd.account_id, attachment_id=attachment.pk, name="large.bin")
    finally:
        with account_scope(crowd.account_id):
            attachment.delete()
        file.unlink()


def _asking(server: Server, path: str, *, buffer: int = 0) -> socket.socket:
    line = socket.socket()
    if buffer:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    line.settimeout(20)
    line.connect(("127.0.0.1", server.port))
    line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    return line


def _download(server: Server, path: str) -> int:
    """Once at full speed, so that what any download takes is there before. Bytes."""
    size = 0
    with _asking(server, path) as line:
        while chunk := line.recv(2**18):
            size += len(chunk)
    return size


def _sip(server: Server, path: str) -> float:
    """The most memory meanwhile, in MB."""
    lines = [_asking(server, path, buffer=SIP) for _ in range(READERS)]
    most, end = 0.0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        for line in lines:
            assert line.recv(SIP), "a download ended early"
        most = max(most, server.memory_mb())
        time.sleep(PAUSE)
    for line in lines:
        line.close()
    return most
