"""What people read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import median

from tests.drills.drill import Outcome
from tests.drills.evidence import Recovery

MOST_SHOWN = 4


def table(outcome: Outcome) -> str:
    lines = [f"  {name:<12} {text}" for name, text in outcome.figures.items()]
    lines += ["", *recoveries(outcome.evidence.recoveries), ""]
    for name, breaches in outcome.breaches.items():
        lines.append(f"  {'PASS' if not breaches else 'FAIL'}  {name}" + _count(breaches))
        lines += [f"          {breach}" for breach in breaches[:MOST_SHOWN]]
    return "\n".join(lines)


def _count(breaches: list[str]) -> str:
    return f" ({len(breaches)})" if breaches else ""


def recoveries(faults: Iterable[Recovery]) -> list[str]:
    """Seconds from each fault to full recovery, by what was hurt."""
    by_name: dict[str, list[Recovery]] = defaultdict(list)
    for one in faults:
        by_name[one.fault].append(one)
    lines = [
        f"  {'fault':<10} {'times':>5} {'median':>8} {'worst':>8}   (worst: accepted, webhook, screen, health)"
    ]
    for name, its in sorted(by_name.items()):
        known = [one.seconds for one in its if one.seconds is not None]
        worst = max(its, key=lambda one: one.seconds if one.seconds is not None else float("inf"))
        parts = ", ".join(_seconds(part) for part in (worst.accepted, worst.heard, worst.seen, worst.healthy))
        middle = _seconds(median(known) if known else None)
        lines.append(f"  {name:<10} {len(its):>5} {middle:>8} {_seconds(worst.seconds):>8}   {parts}")
    return lines


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"
