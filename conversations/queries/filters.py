"""What a list of conversations is asked for: which ones, in which order, which page."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from config.problems import Invalid
from conversations import shapes

PAGE_SIZE = 25
MOST_PAGES = 400
ASSIGNEE_TYPES = ("all", "me", "unassigned", "assigned")

NEWEST = "c.last_activity_at DESC, c.id DESC"
LONGEST_AGO = "c.last_activity_at ASC, c.id ASC"


@dataclass(frozen=True)
class Phase:
    """A stretch of an order. One comes after the other, so that no order needs to sort "those without a value
    last". `order` is an index's; `keys` say the same as two ascending numbers, to merge what several walks found.
    """

    order: str
    keys: tuple[str, str]
    condition: str = "true"

    @property
    def is_by_activity(self) -> bool:
        """Whether inboxes, assignees and teams have an index in this order. The account has one in any."""
        return self.order in (NEWEST, LONGEST_AGO) and "c.priority =" not in self.condition


def _micros(column: str) -> str:
    return f"(extract(epoch FROM {column}) * 1000000)::bigint"


_NEWEST_KEYS = (f"-{_micros('c.last_activity_at')}", "-c.id")
_BY_PRIORITY = [Phase(NEWEST, _NEWEST_KEYS, f"c.priority = {n}") for n in range(len(shapes.PRIORITIES))]
_WITHOUT_PRIORITY = Phase(NEWEST, _NEWEST_KEYS, "c.priority IS NULL")
_NOT_WAITING = Phase("c.id ASC", ("c.id", "0"), "c.waiting_since IS NULL")
SORTS: dict[str, tuple[Phase, ...]] = {
    "last_activity_at_desc": (Phase(NEWEST, _NEWEST_KEYS),),
    "last_activity_at_asc": (Phase(LONGEST_AGO, (_micros("c.last_activity_at"), "c.id")),),
    "created_at_desc": (Phase("c.id DESC", ("-c.id", "0")),),
    "created_at_asc": (Phase("c.id ASC", ("c.id", "0")),),
    "priority_desc": (*reversed(_BY_PRIORITY), _WITHOUT_PRIORITY),
    "priority_asc": (*_BY_PRIORITY, _WITHOUT_PRIORITY),
    "waiting_since_asc": (
        Phase(
            "c.waiting_since ASC, c.id ASC",
            (_micros("c.waiting_since"), "c.id"),
            "c.waiting_since IS NOT NULL",
        ),
        _NOT_WAITING,
    ),
    "waiting_since_desc": (
        Phase(
            "c.waiting_since DESC, c.id DESC",
            (f"-{_micros('c.waiting_since')}", "-c.id"),
            "c.waiting_since IS NOT NULL",
        ),
        _NOT_WAITING,
    ),
}
_LEGACY_SORTS = {
    "latest": "last_activity_at_desc",
    "sort_on_created_at": "created_at_asc",
    "sort_on_priority": "priority_desc",
    "sort_on_waiting_since": "waiting_since_asc",
}


@dataclass(frozen=True)
class ListFilter:
    """Which conversations. `status` is a name or "all"; unknown values raise Invalid on construction."""

    status: str = "open"
    assignee_type: str = "all"
    inbox_id: int | None = None
    team_id: int | None = None
    labels: tuple[str, ...] = field(default=())
    sort: str = "last_activity_at_desc"
    page: int = 1
    unread: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "sort", _LEGACY_SORTS.get(self.sort, self.sort))
        _among(self.status, (*shapes.CONVERSATION_STATUSES, "all"), "status")
        _among(self.assignee_type, ASSIGNEE_TYPES, "assignee_type")
        _among(self.sort, tuple(SORTS), "sort_by")
        if not 1 <= self.page <= MOST_PAGES:
            raise Invalid(
                _("page must be between 1 and %(most)d") % {"most": MOST_PAGES}, attributes=["page"]
            )

    @property
    def statuses(self) -> list[int]:
        if self.status == "all":
            return [0, 1, 2, 3]
        return [shapes.CONVERSATION_STATUSES.index(self.status)]

    @property
    def need(self) -> int:
        """How many of the order have to be found to know the page."""
        return self.page * PAGE_SIZE


def _among(value: str, allowed: tuple[str, ...], name: str) -> None:
    if value not in allowed:
        text = _("%(name)s must be one of %(allowed)s") % {"name": name, "allowed": ", ".join(allowed)}
        raise Invalid(text, attributes=[name])
