"""What the views of this folder share."""

from __future__ import annotations

from typing import Any

from config.problems import NotFound
from config.rendering import Input
from conversations import shapes
from conversations.queries.threads import find_conversation
from inboxes.queries import Access


def not_found() -> NotFound:
    return NotFound()


def checked_input(kind: type[Input], data: Any) -> dict[str, Any]:
    """The validated values. Raises DRF's ValidationError, which the edge answers as 422."""
    serializer = kind(data=data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def given(data: Any, key: str) -> Any:
    """The body under its root key, or the body itself: clients send both."""
    inner = data.get(key) if isinstance(data, dict) else None
    return inner if isinstance(inner, dict) else data


def shown_conversation(access: Access, display_id: int) -> shapes.Row:
    """CONVERSATION. Raises NotFound."""
    shape = find_conversation(access=access, display_id=display_id)
    if shape is None:
        raise not_found()
    return without_internals(shape)


def without_internals(shape: shapes.Row) -> shapes.Row:
    return {key: value for key, value in shape.items() if not key.startswith("_")}
