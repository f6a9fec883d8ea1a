"""Reports of unexpected errors, sent when SENTRY_DSN is set; otherwise the log has them."""

from __future__ import annotations

from typing import Any

import sentry_sdk
from django.conf import settings

from config import context
from config.logs import masked

_HIDDEN_HEADERS = {
    "authorization",
    "cookie",
    "api_access_token",
    "api-access-token",
    "access-token",
    "x-auth-token",
}


def start_sentry() -> None:
    if settings.SENTRY_DSN:
        sentry_sdk.init(
            dsn=settings.SENTRY_DSN,
            environment=settings.ENVIRONMENT,
            send_default_pii=False,
            max_request_body_size="never",
            before_send=scrubbed,
        )


def scrubbed(event: Any, _hint: Any) -> Any:
    """The report with our context, without secret headers, cookies and query strings."""
    request = event.get("request") or {}
    headers = request.get("headers") or {}
    request["headers"] = {k: v for k, v in headers.items() if k.lower() not in _HIDDEN_HEADERS}
    request.pop("cookies", None)
    if "query_string" in request:
        request["query_string"] = masked(str(request["query_string"]))
    event.setdefault("tags", {}).update({k: str(v) for k, v in context.current().fields().items()})
    return event


def report(error: BaseException, **tags: Any) -> None:
    """An error that was caught and survived, but that somebody should look at."""
    with sentry_sdk.new_scope() as scope:
        for name, value in tags.items():
            scope.set_tag(name, str(value))
        scope.capture_exception(error)
