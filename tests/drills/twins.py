"""The deliberately broken twins. A drill that they pass proves nothing; one that they fail for another
reason than their own proves nothing either."""

from __future__ import annotations

from dataclasses import dataclass

from tests.drills.sizes import TWIN_OUTBOX, TWIN_REREAD, Size

MISSED = "open sockets missed nothing"
UNHEARD = "every message reached the webhook"
STORED = "every 2xx is stored exactly once"


@dataclass(frozen=True, kw_only=True)
class Twin:
    """`fails` have to find breaches, `holds` must not: only the planted fault may speak."""

    settings: str
    size: Size
    fails: tuple[str, ...]
    holds: tuple[str, ...]

    def objections(self, breaches: dict[str, list[str]]) -> list[str]:
        """What was wrong with the way it failed."""
        blind = [
            f"the drill does not see the planted fault: {name}" for name in self.fails if not breaches[name]
        ]
        other = [f"the twin failed elsewhere: {name}" for name in self.holds if breaches[name]]
        return blind + other


TWINS = {
    "outbox-off": Twin(
        settings="tests.drills.twin_outbox_off",
        size=TWIN_OUTBOX,
        fails=(UNHEARD, MISSED),
        holds=(STORED,),
    ),
    "no-reread": Twin(
        settings="tests.drills.twin_no_reread",
        size=TWIN_REREAD,
        fails=(MISSED,),
        holds=(STORED, UNHEARD),
    ),
}
