"""The plans of every hot statement, as the application's role, in an account of half a million and in one of a
thousand: no table of tenants is read whole, nothing needs parallel workers."""

from __future__ import annotations

from typing import Any

from tests.bench.explain import Plan, plan_of
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.hot import statements
from tests.bench.installation import LARGE, SMALL, crowds

SLOWEST = 12


def measure(ground: Ground, _effort: Any) -> list[Figure]:
    made = crowds(ground.conversations)
    figures = []
    for crowd in (made[LARGE - 1], made[SMALL - 1]):
        plans = [_quickest(asked, crowd.account_id) for asked in statements(crowd)]
        flaws = sorted({flaw for plan in plans for flaw in plan.flaws})
        print("\n".join(flaws))
        size = f"{crowd.conversations:,}"
        figures.append(
            Figure(
                f"whole tables read or gathered, of {len(plans)} statements at {size}", [len(flaws)], most=0
            )
        )
        if crowd.conversations == ground.conversations:
            slowest = sorted(plans, key=lambda plan: -plan.milliseconds)[:SLOWEST]
            figures += [
                Figure(f"slowest at {size}: {plan.asked.name}", [plan.milliseconds], "ms") for plan in slowest
            ]
    return figures


def _quickest(asked: Any, account_id: int) -> Plan:
    """Of three, so that reading from disk is not what is compared."""
    return min((plan_of(asked, account_id) for _ in range(3)), key=lambda plan: plan.milliseconds)
