"""jsonb from a raw cursor: Django hands it over as text, because its own JSONField does the decoding."""

from __future__ import annotations

from typing import Any

import orjson


def decoded(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str | bytes) else value
