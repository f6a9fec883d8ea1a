"""The signed way to a file, for programs, widgets and apps. What a browser could run is only ever downloaded."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.api.credentials import shown_by
from accounts.permissions import covers
from accounts.views.errors import error_page, problem_page
from config import fileserving
from config.database import account_scope
from config.problems import NotSignedIn, Problem
from conversations import links
from conversations.queries.attachments import find_attachment, may_see, served
from inboxes.queries import access_by_token


@require_safe
def download(request: HttpRequest, token: str, name: str) -> Any:
    """404 for a forged, foreign or removed one alike, and for all of a suspended account; the name in the
    address is only for people. An expired one is 410, but for whoever sends an API token that may see it."""
    link = links.read_link(token)
    if link is None:
        raise Http404
    with account_scope(link.account_id):
        attachment = find_attachment(account_id=link.account_id, attachment_id=link.attachment_id)
        allowed = link.is_fresh or _has_token(request, link)
    found = served(attachment, link.variant) if attachment else None
    if found is None:
        raise Http404
    if not allowed:
        text = _(
            "This link has expired. Open the conversation again, or ask the API for it, to get a new one."
        )
        return error_page(request, 410, text, "gone")
    try:
        return fileserving.serve(request, found)
    except FileNotFoundError:
        raise Http404 from None
    except Problem as problem:
        return problem_page(request, problem)


def _has_token(request: HttpRequest, link: links.Link) -> bool:
    try:
        access = access_by_token(account_id=link.account_id, shown=shown_by(request))
    except NotSignedIn:
        return False
    if access is None or not covers(access.scopes, "conversation.read"):
        return False
    return may_see(access=access, attachment_id=link.attachment_id)
