"""What the contract says of every operation alike: who gets which status, and what an answer looks like."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from django.urls import Resolver404, resolve

from tests.contract import shapes
from tests.contract.account_operations import AUTOMATION
from tests.contract.notation import faults
from tests.contract.operation import Operation
from tests.contract.stored import everything
from tests.contract.world import ACTORS, World, taken_back


def is_there(method: str, path: str) -> bool:
    """Whether the site has the route, and the route the method. Anything may stand in braces."""
    try:
        view = resolve(
            re.sub(r"\{\w+\}", "1", re.sub(r"\{(uuid|survey)\}", str(uuid.UUID(int=1)), path))
        ).func
    except Resolver404:
        return False
    kind = getattr(view, "view_class", None) or getattr(view, "cls", None)
    return kind is None or hasattr(kind, method.lower())


def expected(operation: Operation) -> dict[str, int]:
    """The status for each of those in the table."""
    if operation.door in ("public", "widget", "page"):
        return dict.fromkeys(ACTORS, operation.status)
    statuses = dict.fromkeys(ACTORS, 401) | {operation.entitled: operation.status}
    if operation.door == "platform":
        return statuses
    statuses |= {"bob": operation.agent or operation.status, "bot": operation.bot}
    if operation.path.startswith("/api/v1/profile"):
        statuses |= {"dora": operation.foreign or operation.status}
    if operation.path.startswith("/api/v1/accounts/{account}"):
        statuses |= {"dora": 404}  # the contract's exception: to a stranger the account itself is not there
    return statuses


def missing_status(operation: Operation, key: str) -> int:
    if operation.door == "platform" or "team_members" in operation.path and not key:
        return 401  # as the contract has it, for what is not the program's, and for who is not of the account
    is_account_within = key == "account" and operation.path != "/api/v1/accounts/{account}"
    return 401 if is_account_within else 404


def wrong_with(response: Any, operation: Operation, who: str) -> list[str]:
    """Whatever is not as the contract has it in the form of an answer."""
    if operation.door == "page" or operation.is_file and response.status_code < 400:
        return []
    said: Any = json.loads(response.content) if response.content else None
    if response.status_code < 400:
        return faults(said, operation.answer)
    if response.status_code == 401 and who == "nobody":
        return faults(said, shapes.NO_TOKEN)
    if response.status_code == 404 and operation.door == "public":
        return faults(said, shapes.PUBLIC_NOT_FOUND)
    if response.status_code == 422 and operation in AUTOMATION and isinstance(said["error"], dict):
        return faults(said, shapes.REFUSED_RULE)
    return faults(said, shapes.REFUSAL)


def called_by_everybody(operation: Operation, world: World) -> dict[str, int]:
    """The statuses by actor. Every answer has its shape, and what was refused has changed nothing."""
    before, found = everything(), {}
    for who in ACTORS:
        with taken_back():
            response = world.call(operation, who)
            found[who] = response.status_code
            assert wrong_with(response, operation, who) == []
            assert response.status_code < 400 or everything() == before, who
    return found
