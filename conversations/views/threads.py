"""One conversation: the page with its list, the pane alone, stretches of its messages."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from config.problems import NotFound
from conversations.queries.rows import rest_shape
from conversations.queries.threads import list_messages, raw_conversation
from conversations.views.filters import read_state
from conversations.views.forms import MessageForm
from conversations.views.lists import list_context
from conversations.views.pages import DeskRequest, answer, wanted_part
from conversations.views.scopes import find_scope
from inboxes.edge import account_view

STRETCH = 30
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
    **place: Any,
) -> HttpResponse:
    """The pane for script, else the whole page."""
    scope = find_scope(access=request.access, **place)
    conversation = conversation_or_404(request, display_id)
    state = read_state(request.GET)
    context = {
        "conversation": conversation,
        "inbox_name": conversation["_inbox_name"],
        "scope": scope,
        "query": state.with_().query,
        "list_url": scope.url + state.with_().query,
        "form": MessageForm(),
        "panel": "details" if request.GET.get("panel") == "details" else "",
        **thread_context(request, conversation),
        **(extra or {}),
    }
    if wanted_part(request) == "pane":
        return answer(request, "conversations/_pane_fragment.html", context, status=status)
    beside = list_context(request, scope, state)
    return answer(request, "conversations/page.html", {**beside, **context}, status=status)


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
    stretch = list_messages(
        account_id=request.access.account_id,
        conversation_id=conversation["_id"],
        before=before,
        after=after,
        limit=STRETCH,
    )
    more = len(stretch) == STRETCH and after is None
    return {
        "thread_messages": stretch,
        "older": stretch[0]["id"] if more else "",
        "last_id": _newest(conversation, stretch if before is None else []),
    }


def _newest(conversation: dict[str, Any], shown: list[dict[str, Any]]) -> int | str:
    """The message up to which the reader has seen everything: a reply stops if others said more since."""
    return shown[-1]["id"] if shown else conversation["_last_message_id"] or ""


def _id(value: str | None) -> int | None:
    """A message id of the query string; nonsense counts as not given."""
    if not value or not value.isascii() or not value.isdigit():
        return None
    return min(int(value), LAST_ID)
