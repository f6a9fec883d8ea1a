"""Files in the dashboard: seen by whoever may see the conversation, asked each time; and uploads ahead of a message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.views.errors import problem_page
from config import fileserving
from config.problems import Invalid, NotFound, Problem
from conversations import files
from conversations.actions.locking import check_visible
from conversations.actions.uploads import drop_upload, store_upload
from conversations.links import VARIANTS
from conversations.queries.attachments import find_attachment, may_see, served
from conversations.views.pages import DeskRequest, problem_json, uncached
from inboxes.edge import account_view


@account_view
@require_safe
def show_file(request: DeskRequest, attachment_id: int, variant: str, name: str) -> Any:
    """`variant` is original, view or thumb; the name is only for people. Originals are only ever downloaded:
    what is shown is a copy of our own making. Players take them all the same."""
    account_id = request.access.account_id
    attachment = find_attachment(account_id=account_id, attachment_id=attachment_id)
    found = served(attachment, variant) if attachment and variant in VARIANTS else None
    if found is None or not may_see(access=request.access, attachment_id=attachment_id):
        raise NotFound
    if variant == "original":
        found = replace(found, inline=False)
    try:
        return fileserving.serve(request, found)
    except FileNotFoundError:
        raise NotFound from None
    except Problem as problem:
        return problem_page(request, problem)


@account_view
@require_http_methods(["GET", "HEAD", "POST"])
def uploads(request: DeskRequest, display_id: int) -> HttpResponse:
    """What one message may carry; or one file for it."""
    return _store(request, display_id) if request.method == "POST" else _limits(request, display_id)


def _limits(request: DeskRequest, display_id: int) -> HttpResponse:
    check_visible(access=request.access, display_id=display_id)
    limits = {
        "each": files.limit_of(request.access.account_id),
        "together": settings.MAX_MESSAGE_BYTES,
        "most": files.MOST_FILES,
    }
    return uncached(JsonResponse(limits))


def _store(request: DeskRequest, display_id: int) -> HttpResponse:
    """One file, `file`. Answers {id, name, size, kind, width, height}; a refusal {code, message}."""
    try:
        file = request.FILES.get("file")
        if file is None:
            raise Invalid(_("There is no file in this. Nothing was stored."), attributes=["file"])
        found = store_upload(access=request.access, display_id=display_id, file=file)
    except Problem as problem:
        return problem_json(problem)
    body = {
        "id": found.stored.id if found.stored else None,
        "name": found.name,
        "size": found.size,
        "kind": found.file_type.label,
        "width": found.width,
        "height": found.height,
    }
    return JsonResponse(body, status=201)


@account_view
@require_http_methods(["DELETE"])
def remove_upload(request: DeskRequest, display_id: int, upload_id: int) -> HttpResponse:
    try:
        drop_upload(access=request.access, upload_id=upload_id)
    except Problem as problem:
        return problem_json(problem)
    return HttpResponse(status=204)
