"""One conversation: the page with its list, the pane alone, stretches of its messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config.problems import NotFound
from conversations.queries.details import beside
from conversations.queries.rows import rest_shape
from conversations.queries.threads import list_messages, raw_conversation
from conversations.variables import variables
from conversations.views.filters import ListState, read_state
from conversations.views.forms import MessageForm
from conversations.views.lists import list_context
from conversations.views.pages import DeskRequest, answer, wanted_part
from conversations.views.scopes import Scope, find_scope
from conversations.views.snooze import SNOOZES
from conversations.views.words import PRIORITY_WORDS
from inboxes.edge import account_view

Listing = Callable[[DeskRequest, Scope, ListState], dict[str, Any]]
STRETCH = 30
FARTHEST, ABOVE = 300, 10  # messages shown after and above one that a link names
LAST_ID = 2**63 - 1


@account_view
@require_safe
def show_conversation(request: DeskRequest, display_id: int, **place: Any) -> HttpResponse:
    return conversation_page(request, display_id=display_id, **place)


@account_view
@require_safe
def show_messages(request: DeskRequest, display_id: int) -> HttpResponse:
    """Messages before or after an id, for script: older ones while scrolling, missed ones after a gap."""
    conversation = conversation_or_404(request, display_id)
    context = thread_context(request, conversation)
    return answer(request, "conversations/_messages.html", {**context, "conversation": conversation})


def conversation_page(
    request: DeskRequest,
    *,
    display_id: int,
    status: int = 200,
    extra: dict[str, Any] | None = None,
    scope: Scope | None = None,
    beside_it: Listing | None = None,
    **place: Any,
) -> HttpResponse:
    """The pane for script, else the whole page with the list of its scope, or with what `beside_it` gives."""
    scope = scope or find_scope(access=request.access, **place)
    conversation = conversation_or_404(request, display_id)
    state = read_state(request.GET)
    context = {
        **head_context(request, conversation, scope),
        **details_context(request, conversation),
        "form": MessageForm(),
        "panel": "details" if request.GET.get("panel") == "details" else "",
        **thread_context(request, conversation),
        **(extra or {}),
    }
    if wanted_part(request) == "pane":
        return answer(request, "conversations/_pane_fragment.html", context, status=status)
    listed = (beside_it or list_context)(request, scope, state)
    return answer(request, "conversations/page.html", {**listed, **context}, status=status)


def head_context(
    request: DeskRequest, conversation: dict[str, Any], scope: Scope | None = None
) -> dict[str, Any]:
    """What the head of the pane shows, and where the list beside it is."""
    query = read_state(request.GET).with_().query
    scope = scope or find_scope(access=request.access)
    return {
        "conversation": conversation,
        "inbox_name": conversation["_inbox_name"],
        "scope": scope,
        "query": query,
        "list_url": scope.url + query,
        "snoozes": SNOOZES,
        "priority_word": PRIORITY_WORDS.get(conversation["priority"] or "", ""),
    }


def details_context(request: DeskRequest, conversation: dict[str, Any]) -> dict[str, Any]:
    """Fields of the account's own, notes, earlier conversations, drafts: one query."""
    contact, access = conversation["meta"]["sender"], request.access
    found = beside(access=access, conversation_id=conversation["_id"], contact_id=contact["id"])
    return {
        "variables": variables(
            conversation=conversation,
            agent_name=access.user_name,
            agent_email=access.user_email,
            inbox_name=conversation["_inbox_name"],
            account_name=access.account_name,
        ),
        "fields": found.fields(
            contact=contact["custom_attributes"], conversation=conversation["custom_attributes"]
        ),
        "notes": found.notes,
        "earlier": found.earlier,
        "drafts": found.drafts,
    }


def conversation_or_404(request: DeskRequest, display_id: int) -> dict[str, Any]:
    """REST shape without its last messages, which the thread has; `_id`, `_inbox_name`, `_last_message_id`."""
    row = raw_conversation(access=request.access, display_id=display_id)
    if row is None:
        raise NotFound(_("This conversation was deleted, or it is not in your inboxes."))
    shape = rest_shape(row, account_id=request.access.account_id, messages={})
    return {**shape, **{f"_{key}": row[key] for key in ("inbox_name", "last_message_id")}, "_id": row["_id"]}


def thread_context(request: DeskRequest, conversation: dict[str, Any]) -> dict[str, Any]:
    """A stretch of the thread, and the id before which more exist ("" if none do)."""
    before, after = _id(request.GET.get("before")), _id(request.GET.get("after"))
    key: dict[str, Any] = {"account_id": request.access.account_id, "conversation_id": conversation["_id"]}
    stretch = list_messages(**key, before=before, after=after, limit=STRETCH)
    more = len(stretch) == STRETCH and after is None
    wanted = _id(request.GET.get("messageId"))
    if wanted and more and before is None and wanted < stretch[0]["id"]:
        stretch, more = _from(wanted, stretch, key)
    return {
        "thread_messages": stretch,
        "older": stretch[0]["id"] if more else "",
        "last_id": _newest(conversation, stretch if before is None else []),
    }


def _from(
    wanted: int, newest: list[dict[str, Any]], key: dict[str, Any]
) -> tuple[list[dict[str, Any]], bool]:
    """The thread from a little before the message that a link names to its end, so that nothing is missing in
    between; the newest stretch alone if that is too much. And whether there are older ones."""
    following = list_messages(**key, after=wanted - 1, limit=FARTHEST)
    if len(following) == FARTHEST:
        return newest, True
    earlier = list_messages(**key, before=wanted, limit=ABOVE)
    return [*earlier, *following], len(earlier) == ABOVE


def _newest(conversation: dict[str, Any], shown: list[dict[str, Any]]) -> int | str:
    """The message up to which the reader has seen everything: a reply stops if others said more since."""
    return shown[-1]["id"] if shown else conversation["_last_message_id"] or ""


def _id(value: str | None) -> int | None:
    """A message id of the query string; nonsense counts as not given."""
    if not value or not value.isascii() or not value.isdigit():
        return None
    return min(int(value), LAST_ID)
