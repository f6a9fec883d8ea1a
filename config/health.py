"""/health: is everything that a message needs there? /health/live: does this process answer at all?"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from config.database import platform_scope
from config.events import bus

STALE_SECONDS = 30


def live(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def health(_request: HttpRequest) -> JsonResponse:
    """200 when all parts work, else 503; each part is "ok" or a short reason, without addresses."""
    parts = {name: _state(check) for name, check in _CHECKS.items()}
    well = all(state == "ok" for state in parts.values())
    response = JsonResponse({"status": "ok" if well else "failing", **parts}, status=200 if well else 503)
    response["Cache-Control"] = "no-store"
    if not well:
        response["Retry-After"] = "5"
        response._has_been_logged = True  # type: ignore[attr-defined]  # by config.middleware
    return response


# What clients of Chatwoot that ask for a version may expect of this API.
SPOKEN_VERSION = "4.10.0"


@require_safe
def probe(_request: HttpRequest) -> JsonResponse:
    """GET /api, as Chatwoot's clients look for life: {version, timestamp "YYYY-MM-DD HH:MM:SS" (UTC), queue_services
    and data_services: "ok" or "failing"}. Always 200."""
    states = {name: "ok" if _state(_CHECKS[of]) == "ok" else "failing" for name, of in _PROBED.items()}
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S")
    response = JsonResponse({"version": SPOKEN_VERSION, "timestamp": now, **states})
    response["Cache-Control"] = "no-store"
    return response


def _state(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # whatever it is, the part does not work
        return f"failing: {type(error).__name__}"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _redis() -> str:
    return "ok" if bus().ping() else "failing"


def _ages() -> Any:
    with (
        platform_scope("health: the relay and the workers serve all accounts"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "SELECT extract(epoch FROM now() - beat_at), extract(epoch FROM now() - worker_beat_at) "
            "FROM config_relaystate WHERE id = 1"
        )
        return cursor.fetchone() or (None, None)


def _age_state(age: Any) -> str:
    if age is None:
        return "failing: never seen"
    return "ok" if age < STALE_SECONDS else f"failing: silent for {int(age)} s"


def _relay() -> str:
    return _age_state(_ages()[0])


def _workers() -> str:
    return _age_state(_ages()[1])


def _storage() -> str:
    name = default_storage.save(f"health/{uuid.uuid4().hex}", ContentFile(b"ok"))
    default_storage.delete(name)
    return "ok"


_CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "redis": _redis,
    "relay": _relay,
    "workers": _workers,
    "storage": _storage,
}
_PROBED = {"queue_services": "redis", "data_services": "database"}
