"""What a request says, whichever way it says it: JSON with or without the root key, or a form whose names are
paths (`profile[name]`, `user_ids[]`)."""

from __future__ import annotations

import re
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from config.problems import Invalid

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")
_MOST_PARTS = 6


def body_of(request: Any, root: str = "") -> dict[str, Any]:
    """The object that was sent; what is below `root`, where the sender wrapped it. Raises Invalid."""
    data = request.data
    if isinstance(data, QueryDict):
        data = _nested(data)
    if not isinstance(data, dict):
        raise Invalid(_("The body must be an object."))
    inner = data.get(root) if root else None
    return inner if isinstance(inner, dict) else data


def required_body(request: Any, root: str) -> dict[str, Any]:
    """The same for the few routes on which the root key cannot be left out. Raises Invalid."""
    body = body_of(request)
    if not isinstance(body.get(root), dict):
        raise Invalid(_("%(key)s is missing") % {"key": root}, attributes=[root])
    return dict(body[root])


def _nested(form: QueryDict) -> dict[str, Any]:
    """Names that are no paths, or too long ones, are passed over as unknown."""
    made: dict[str, Any] = {}
    for name, values in form.lists():
        match = _NAME.fullmatch(name)
        parts = [match[1], *_PART.findall(match[2])] if match else []
        if parts and len(parts) <= _MOST_PARTS:
            _put(made, parts, values)
    return made


def _put(made: Any, parts: list[str], values: Any) -> None:
    *above, last = parts
    if last == "" and above:
        *above, last = above
    else:
        values = values[-1]
    for part in above:
        made = made.setdefault(part, {})
        if not isinstance(made, dict):
            return
    made[last] = values
