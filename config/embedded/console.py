"""One readable log of many processes: every line as "name | line"."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from typing import IO, TextIO

_WIDTH = 8
_COLOURS = {
    "parley": 1,
    "postgres": 34,
    "valkey": 35,
    "web": 32,
    "relay": 36,
    "worker": 33,
    "beat": 33,
    "shop": 36,
}
# What a visitor typed may end up in a log line, and must not steer the terminal.
_UNPRINTABLE = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if code != 0x09}
# Printed at every start, and of no use to whoever has just started a helpdesk.
_NOISE = ("Memory overcommit must be enabled",)


class Console:
    """Safe to use from several threads. A reader that goes away (`make run | head`) never stops us."""

    def __init__(self, *, out: TextIO | None = None) -> None:
        self._out = sys.stdout if out is None else out
        self._coloured = self._out.isatty()
        self._lock = threading.Lock()

    def line(self, *, name: str, text: str) -> None:
        label = f"{name:<{_WIDTH}} |"
        if self._coloured:
            label = f"\x1b[{_COLOURS.get(name, 37)}m{label}\x1b[0m"
        self._write(f"{label} {text.translate(_UNPRINTABLE)}\n")

    def say(self, text: str) -> None:
        self.line(name="parley", text=text)

    def block(self, text: str) -> None:
        self._write(text)

    def follow(self, *, name: str, process: subprocess.Popen[bytes]) -> threading.Thread:
        """Show everything the process prints, from a thread that ends with its output."""
        thread = threading.Thread(
            target=self._pump, args=(name, process.stdout), name=f"log-{name}", daemon=True
        )
        thread.start()
        return thread

    def _pump(self, name: str, source: IO[bytes]) -> None:
        for raw in source:
            text = raw.decode(errors="replace").rstrip()
            if text and not any(noise in text for noise in _NOISE):
                self.line(name=name, text=text)

    def _write(self, text: str) -> None:
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._out.write(text)
            self._out.flush()
