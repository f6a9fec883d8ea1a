"""Labels as an agent gives them: some added, some taken away, whatever others do meanwhile."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.actors import Actor
from accounts.permissions import can
from config.problems import Forbidden
from conversations.actions.labels import clean_titles, put_labels
from conversations.actions.locking import lock_visible
from conversations.models import Label
from inboxes.queries import Access


def change_labels(
    *, actor: Actor, access: Access, display_id: int, add: list[str], remove: list[str]
) -> list[str]:
    """Returns the conversation's labels. A new title becomes a label of the account only for those who manage
    them; raises Forbidden for others, and nothing is changed."""
    added, gone = clean_titles(add), set(clean_titles(remove))
    _know(access, added)
    locked = lock_visible(access=access, display_id=display_id)
    kept = [title for title in locked.labels if title not in gone]
    return put_labels(locked, actor=actor, labels=clean_titles([*kept, *added]))


def _know(access: Access, titles: list[str]) -> None:
    labels = Label.objects.for_account(access.account_id)
    new = set(titles) - set(labels.filter(title__in=titles).values_list("title", flat=True))
    if not new:
        return
    if not can(access, "label.manage"):
        text = _(
            "There is no label “%(title)s”, and only an administrator can make one. Nothing was changed."
        )
        raise Forbidden(text % {"title": sorted(new)[0]})
    Label.objects.bulk_create(
        [Label(account_id=access.account_id, title=title, show_on_sidebar=True) for title in sorted(new)],
        ignore_conflicts=True,
    )
