"""Path converters: an id is a positive number that fits a bigint, so that a silly one is a 404 and not an
error of the database."""

from __future__ import annotations


class IdConverter:
    regex = r"[1-9][0-9]{0,17}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)
