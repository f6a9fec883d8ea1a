"""What an action or query answers instead of a result. Edges turn these into their own shapes."""

from __future__ import annotations

from typing import TypeVar

from django.utils.translation import gettext as _

Row = TypeVar("Row")


class Problem(Exception):
    """Carries a stable `code` for programs and a `message` for people: what was wrong and what was kept."""

    status = 400
    code = "bad_request"

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        attributes: list[str] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = str(message)
        self.code = code or self.code
        self.attributes = attributes or []
        self.retry_after = retry_after


class NotSignedIn(Problem):
    status, code = 401, "unauthorized"


class LimitReached(Problem):
    """The account has as many of them as it may have."""

    status, code = 402, "limit_reached"


class Forbidden(Problem):
    status, code = 403, "forbidden"


class NotFound(Problem):
    """Also for what belongs to another account or may not be seen: nobody can tell the difference."""

    status, code = 404, "not_found"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message or _("Resource could not be found"), code=code)


def found(row: Row | None) -> Row:
    """The row, or NotFound."""
    if row is None:
        raise NotFound()
    return row


class Conflict(Problem):
    status, code = 409, "conflict"


class TooLarge(Problem):
    status, code = 413, "too_large"


class UnsupportedType(Problem):
    status, code = 415, "unsupported_type"


class Invalid(Problem):
    status, code = 422, "invalid"


class TooMany(Problem):
    status, code = 429, "too_many_requests"
