from __future__ import annotations

import re

from django.http import FileResponse, Http404, HttpRequest
from django.views.decorators.http import require_safe

from accounts.avatars import open_avatar

_NAME = re.compile(r"[A-Za-z0-9_-]{32}\.png")


@require_safe
def avatar(request: HttpRequest, name: str) -> FileResponse:
    """A picture by its name, which changes with it: so it may be kept."""
    stream = open_avatar(name) if _NAME.fullmatch(name) else None
    if stream is None:
        raise Http404
    response = FileResponse(stream, content_type="image/png")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
