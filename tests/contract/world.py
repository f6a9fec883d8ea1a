"""Those who call and what they call: rows are made when they are first asked for."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.test import Client

from accounts.models import AccessToken, AgentBot
from config.database import account_scope
from tests import factories
from tests.contract.makers import MAKERS
from tests.contract.operation import Operation
from tests.factories import Cast

# Those of the table: administrator and agent of the account, its bot, an administrator of another account,
# somebody without a token, and a program of the platform.
ACTORS = {
    "alice": "administrator",
    "bob": "agent",
    "bot": "agent bot",
    "dora": "foreigner",
    "nobody": "nobody",
    "platform": "platform app",
}
_HOLE = re.compile(r"\{(\w+)\}")
_OWN = object()


@contextmanager
def taken_back() -> Iterator[None]:
    """What is written inside is gone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass
class World:
    cast: Cast
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))
    known: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    in_place_of: dict[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        if key in self.in_place_of:
            return self.in_place_of[key]
        if key not in self.known:
            self.known[key] = MAKERS[key](self)
        return self.known[key]

    @contextmanager
    def having(self, **others: Any) -> Iterator[None]:
        """Other values for these keys, wherever they stand in paths and bodies."""
        self.in_place_of = others
        yield
        self.in_place_of = {}

    def path(self, operation: Operation) -> str:
        return _HOLE.sub(lambda hole: str(self.get(hole[1])), operation.full_path)

    def body(self, value: Any) -> Any:
        """`$unique` anywhere in a text, `$key` as the whole of it."""
        if isinstance(value, dict):
            return {key: self.body(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.body(inner) for inner in value]
        if not isinstance(value, str) or "$" not in value:
            return value
        if "$unique" in value:
            return value.replace("$unique", uuid.uuid4().hex[:12])
        return self.get(value.removeprefix("$"))

    def fill(self) -> None:
        """Makes all there is to call, so that afterwards only the calls themselves write."""
        for key in MAKERS:
            self.get(key)
        for who in ACTORS:
            self.token(who)

    def call(self, operation: Operation, who: str, *, body: Any = _OWN, query: Any = None) -> Any:
        """`body` in place of the operation's own: bytes as they are, everything else as JSON."""
        token = self.token(who)
        headers: dict[str, Any] = {"HTTP_API_ACCESS_TOKEN": token} if token else {}
        path = self.path(operation)
        if operation.door == "widget":
            headers["HTTP_X_AUTH_TOKEN"] = self.get("visitor_token")
            path += f"?website_token={self.get('website_token')}"
        if operation.method == "GET":
            asked = {**self.body(operation.query), **(query or {})}
            return self.client.get(path + ("&" if "?" in path else "?") + urlencode(asked), **headers)
        sent = self.body(operation.body if body is _OWN else body)
        raw = sent if isinstance(sent, bytes) else json.dumps(sent) if sent is not None else ""
        return self.client.generic(operation.method, path, raw, content_type="application/json", **headers)

    def token(self, who: str) -> str:
        if who not in self.tokens:
            self.tokens[who] = self._make_token(who)
        return self.tokens[who]

    def _make_token(self, who: str) -> str:
        if who == "nobody":
            return ""
        if who == "bot":
            with account_scope(self.cast.account.pk):
                return AccessToken.issue(agent_bot=AgentBot.objects.get(pk=self.get("bot"))).token
        if who == "platform":
            return AccessToken.issue(platform_app=self.get("p_app")).token
        return factories.token_of(getattr(self.cast, who).user)

    def made(self, path: str, body: dict[str, Any], *at: str, who: str = "alice") -> Any:
        """What a POST answers, at these keys."""
        full = path if path.startswith("/") else f"/api/v1/accounts/{self.cast.account.pk}/{path}"
        raw, token = json.dumps(self.body(body)), self.token(who)
        answer = self.client.post(full, raw, content_type="application/json", HTTP_API_ACCESS_TOKEN=token)
        assert answer.status_code == 200, f"{full}: {answer.status_code} {answer.content[:300]!r}"
        found = answer.json()
        for key in at:
            found = found[key]
        return found


def foreign_world(cast: Cast) -> World:
    """The same of everything in the other account, whose numbers of conversations go beyond those of ours."""
    other = replace(
        cast,
        account=cast.other,
        alice=cast.dora,
        bob=cast.charlie,
        inbox=cast.other_inbox,
        api_inbox=factories.make_inbox(cast.other, "Globex API", "api"),
        vera=factories.make_session(cast.other_inbox, "Victor"),
    )
    factories.join_inbox(cast.charlie, other.api_inbox)
    for _ in range(20):
        factories.make_conversation(cast.other_inbox)
    return World(other)
