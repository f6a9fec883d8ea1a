"""The signed way to a file. What a browser could run is only ever downloaded."""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import Account
from config.database import account_scope
from conversations import files
from conversations.models import Attachment


@require_safe
def download(request: HttpRequest, token: str, name: str) -> HttpResponse | FileResponse:
    """404 for a forged, foreign or removed one alike, and for all of a suspended account; the name in the
    address is only for people."""
    ids = files.unsign(token)
    if ids is None:
        raise Http404
    with account_scope(ids[0]):
        found = Attachment.objects.for_account(ids[0]).filter(pk=ids[1])
        attachment = found.filter(account__status=Account.Status.ACTIVE).first()
    if attachment is None or not attachment.file:
        raise Http404
    inline = bool(files.INLINE.fullmatch(attachment.content_type))
    response = _sent_by_nginx(attachment) if settings.ACCEL_LOCATION else _sent_by_us(attachment)
    kind = "inline" if inline else "attachment"
    response["Content-Disposition"] = f"{kind}; filename*=UTF-8''{quote(attachment.file_name or 'file')}"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _sent_by_us(attachment: Attachment) -> FileResponse:
    try:
        stream = attachment.file.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(stream, content_type=attachment.content_type or "application/octet-stream")
    response["Content-Length"] = str(attachment.file_size)
    return response


def _sent_by_nginx(attachment: Attachment) -> HttpResponse:
    """Without a body. nginx keeps these headers and answers 404 where the file is gone (deploy/nginx)."""
    response = HttpResponse(content_type=attachment.content_type or "application/octet-stream")
    response["X-Accel-Redirect"] = quote(settings.ACCEL_LOCATION + attachment.file.name)
    return response
