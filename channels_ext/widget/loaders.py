"""The scripts that other sites' pages name, at addresses that never change: cached for minutes, not for ever."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from config.static import squeezed

Page = Callable[[HttpRequest], HttpResponse]


def script(name: str) -> Page:
    @require_safe
    @gzip_page
    def answer(_request: HttpRequest) -> HttpResponse:
        response = HttpResponse(squeezed(_source(name)), content_type="text/javascript; charset=utf-8")
        response["Cache-Control"] = "public, max-age=300"
        response["Access-Control-Allow-Origin"] = "*"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    return answer


def _source(name: str) -> str:
    stored = settings.STATIC_ROOT / "widget" / name
    try:
        path = stored if stored.exists() else Path(str(finders.find(f"widget/{name}")))
        return path.read_text()
    except OSError:
        raise Http404 from None


widget = script("widget.js")
more = script("more.js")
sdk = script("sdk.js")
chatwoot = script("chatwoot.js")
