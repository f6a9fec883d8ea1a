"""Which conversations a list is about: all of them, or those of an inbox, a team, a label."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Team
from config.problems import NotFound
from inboxes.queries import Access, visible_inboxes


@dataclass(frozen=True)
class Scope:
    """`base` is where its conversations live (base/conversations/42), `url` its own list. `seq` is the number
    of the newest event, read before whatever the page shows: what the page misses has a greater one, and the
    socket that starts there replays it."""

    kind: str  # all, inbox, team, label
    key: int | str
    title: str
    base: str
    url: str
    seq: int

    @property
    def filters(self) -> dict[str, Any]:
        """What it adds to a ListFilter."""
        if self.kind == "label":
            return {"labels": (str(self.key),)}
        return {} if self.kind == "all" else {f"{self.kind}_id": self.key}


def find_scope(
    *, access: Access, inbox_id: int | None = None, team_id: int | None = None, label: str = ""
) -> Scope:
    """The scope that a URL names; at most one query. NotFound for an inbox or team that is not there."""
    account = reverse("desk:dashboard", args=[access.account_id]).removesuffix("/dashboard")
    if inbox_id is not None:
        return _scope("inbox", inbox_id, account, _name(visible_inboxes(access), inbox_id), access.seq)
    if team_id is not None:
        return _scope(
            "team", team_id, account, _name(Team.objects.for_account(access.account_id), team_id), access.seq
        )
    if label:
        return _scope("label", label, account, label, access.seq)
    return Scope("all", "", _("Conversations"), account, f"{account}/dashboard", access.seq)


def _scope(kind: str, key: int | str, account: str, title: str, seq: int) -> Scope:
    url = reverse(f"desk:{kind}", args=[account.rsplit("/", 1)[1], key])
    return Scope(kind, key, title, url, url, seq)


def _name(things: Any, key: int) -> str:
    name: str | None = things.filter(pk=key).values_list("name", flat=True).first()
    if name is None:
        raise NotFound(_("There is nothing here, or it is not yours to see."))
    return name
