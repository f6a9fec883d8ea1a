"""Which conversations a list is about: all of them, those of an inbox, a team, a label, a kept view, or the member's
own folders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team
from config.problems import NotFound
from conversations.models import CustomFilter
from conversations.queries.attribute_filters import compiled
from conversations.queries.keeping import own_filters
from inboxes.queries import Access, visible_inboxes

# The member's own folders: {kind: (words, the finder's name)}.
OWN: dict[str, tuple[Promise, str]] = {
    "mentions": (gettext_lazy("Mentions"), "mention"),
    "participating": (gettext_lazy("Following"), "participating"),
    "unattended": (gettext_lazy("Unattended"), "unattended"),
}


@dataclass(frozen=True)
class Scope:
    """`base` is where its conversations live (base/conversations/42), `url` its own list. `seq` is the number
    of the newest event, read before whatever the page shows: what the page misses has a greater one, and the
    socket that starts there replays it. `narrowing`: what a finder needs beyond the ordinary list."""

    kind: str  # all, inbox, team, label, view, one of OWN, notifications
    key: int | str
    title: str
    base: str
    url: str
    seq: int
    narrowing: dict[str, Any] = field(default_factory=dict)

    @property
    def filters(self) -> dict[str, Any]:
        """What it adds to a ListFilter."""
        if self.kind == "label":
            return {"labels": (str(self.key),)}
        return {f"{self.kind}_id": self.key} if self.kind in ("inbox", "team") else {}


def find_scope(
    *,
    access: Access,
    inbox_id: int | None = None,
    team_id: int | None = None,
    label: str = "",
    own: str = "",
    filter_id: int | None = None,
) -> Scope:
    """The scope that a URL names; at most one query. NotFound for an inbox, team or view that is not there."""
    account = reverse("desk:dashboard", args=[access.account_id]).removesuffix("/dashboard")
    if inbox_id is not None:
        return _scope("inbox", inbox_id, account, _name(visible_inboxes(access), inbox_id), access.seq)
    if team_id is not None:
        return _scope(
            "team", team_id, account, _name(Team.objects.for_account(access.account_id), team_id), access.seq
        )
    if label:
        return _scope("label", label, account, label, access.seq)
    if own:
        return _own(own, account, access.seq)
    if filter_id is not None:
        return _view(filter_id, account, access)
    return Scope("all", "", _("Conversations"), account, f"{account}/dashboard", access.seq)


def _scope(kind: str, key: int | str, account: str, title: str, seq: int) -> Scope:
    url = reverse(f"desk:{kind}-list", args=[account.rsplit("/", 1)[1], key])
    return Scope(kind, key, title, url, url, seq)


def _own(kind: str, account: str, seq: int) -> Scope:
    title, narrowing = OWN[kind]
    base = f"{account}/{kind}"
    return Scope(kind, "", str(title), base, f"{base}/conversations", seq, {"conversation_type": narrowing})


def _view(filter_id: int, account: str, access: Access) -> Scope:
    views = own_filters(access).filter(filter_type=CustomFilter.Type.CONVERSATION)
    found = views.filter(pk=filter_id).values_list("name", "query").first()
    if found is None:
        raise NotFound
    name, query = found
    rows = query.get("payload")
    where = compiled(account_id=access.account_id, rows=rows, model="conversation") if rows else None
    url = f"{account}/custom_view/{filter_id}"
    return Scope("view", filter_id, name, url, url, access.seq, {"where": where})


def _name(things: Any, key: int) -> str:
    name: str | None = things.filter(pk=key).values_list("name", flat=True).first()
    if name is None:
        raise NotFound(_("There is nothing here, or it is not yours to see."))
    return name
