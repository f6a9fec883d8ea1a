"""HTTP as an SDK does it: one kept connection per caller, ten seconds, and no opinion on what to do next."""

from __future__ import annotations

import asyncio
import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

TIMEOUT = 10.0

# No answer at all: refused, reset, timed out, cut off in the middle.
NO_ANSWER = (OSError, http.client.HTTPException)


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: dict[str, str]  # lower-case names
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        return json.loads(self.body)


class Unexpected(Exception):
    """An answer that the drill cannot go on with."""


class Caller:
    """One client at one address, as a trusted proxy reports it. Not for two tasks at once."""

    def __init__(
        self, *, port: int, address: str, pool: ThreadPoolExecutor, headers: dict[str, str] | None = None
    ) -> None:
        self.address = address
        self.headers = {"X-Forwarded-For": address, "User-Agent": "drill", **(headers or {})}
        self.cookies: dict[str, str] = {}
        self._port = port
        self._pool = pool
        self._connection: http.client.HTTPConnection | None = None

    async def call(self, method: str, path: str, body: Any = None, *, form: str | None = None) -> Answer:
        """Raises one of NO_ANSWER when there was none."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._call, method, path, body, form)

    async def must(self, method: str, path: str, body: Any = None) -> Any:
        """The JSON of an answer that has to be a 2xx. Only before the first fault."""
        answer = await self.call(method, path, body)
        if not answer.ok:
            raise Unexpected(
                f"{method} {path.partition('?')[0]} answered {answer.status}: {answer.body[:300]!r}"
            )
        return answer.json() if answer.body else None

    def _call(self, method: str, path: str, body: Any, form: str | None) -> Answer:
        headers, data = dict(self.headers), None
        if form is not None:
            headers["Content-Type"], data = "application/x-www-form-urlencoded", form.encode()
        elif body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            return self._exchange(method, path, data, headers)
        except NO_ANSWER:
            self.close()
            raise

    def _exchange(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT)
        self._connection.request(method, path, data, headers)
        response = self._connection.getresponse()
        answer = Answer(
            status=response.status,
            headers={name.lower(): value for name, value in response.getheaders()},
            body=response.read(),
        )
        for value in response.headers.get_all("Set-Cookie") or ():
            self.cookies.update({name: one.value for name, one in SimpleCookie(value).items()})
        return answer

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
