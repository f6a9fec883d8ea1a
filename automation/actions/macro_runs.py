"""Running a macro: asked for here, done by a worker on one conversation after the other (automation.handlers)."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from automation.actions.doing import Doing, do
from automation.events import MacroRunAsked
from automation.queries.macros import visible_macros
from config.events import publish
from config.problems import Invalid, NotFound, Problem, found
from conversations.actions.bulk import MOST_ROWS
from conversations.actions.locking import lock_visible
from conversations.queries.threads import seen_among
from inboxes.queries import Access

logger = logging.getLogger(__name__)


@transaction.atomic
def ask_macro_runs(*, access: Access, macro_id: int, display_ids: Iterable[int]) -> int:
    """Returns on how many conversations it will run: those that there are and the asker sees. Raises NotFound for a
    macro that is not theirs to use, Invalid for no or too many conversations."""
    wanted = set(display_ids)
    if not wanted or len(wanted) > MOST_ROWS:
        text = _("Between 1 and %(most)d conversations are needed. Nothing was done.") % {"most": MOST_ROWS}
        raise Invalid(text, attributes=["conversation_ids"])
    if not visible_macros(access).filter(pk=macro_id).exists():
        raise NotFound()
    seen = seen_among(access=access, display_ids=wanted)
    for row in seen:
        publish(
            MacroRunAsked(
                account_id=access.account_id,
                actor=access.actor.as_payload(),
                macro_id=macro_id,
                conversation_id=row.pk,
                display_id=row.display_id,
            )
        )
    return len(seen)


@transaction.atomic
def run_macro(*, access: Access, macro_id: int, display_id: int) -> list[str]:
    """Its actions in their order, in the name of who asked, all under one lock. One that cannot be done leaves the
    others as they are. Returns the names of those that were done. Raises NotFound."""
    macro = found(visible_macros(access).filter(pk=macro_id).first())
    doing = Doing(lock_visible(access=access, display_id=display_id), access.actor, "macro.executed")
    return [action["action_name"] for action in macro.actions if _did(doing, action, macro_id)]


def _did(doing: Doing, action: dict[str, object], macro_id: int) -> bool:
    try:
        with transaction.atomic():
            do(doing, action=action)
    except Problem as problem:
        about = {"macro": macro_id, "action": action["action_name"], "conversation": doing.locked.id}
        logger.warning("action of a macro not done", extra={**about, "reason": problem.message})
        return False
    return True
