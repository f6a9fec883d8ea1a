"""What came out, beside what had to: one line per figure, medians over rounds with their extremes."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """`values` are those of the rounds. `least` or `most` is the floor that their median must keep."""

    name: str
    values: list[float] = field(default_factory=list)
    unit: str = ""
    least: float | None = None
    most: float | None = None
    note: str = ""

    @property
    def value(self) -> float:
        return statistics.median(self.values)

    @property
    def state(self) -> str:
        if not self.values:
            return "NOT RUN"
        if self.least is None and self.most is None:
            return ""
        kept = (self.least is None or self.value >= self.least) and (
            self.most is None or self.value <= self.most
        )
        return "ok" if kept else "MISSED"

    @property
    def floor(self) -> str:
        if self.least is not None:
            return f">= {_number(self.least)} {self.unit}".rstrip()
        return f"<= {_number(self.most)} {self.unit}".rstrip() if self.most is not None else ""

    @property
    def shown(self) -> str:
        if not self.values:
            return "-"
        spread = (
            f" [{_number(min(self.values))} to {_number(max(self.values))}]" if len(self.values) > 1 else ""
        )
        return f"{_number(self.value)} {self.unit}".rstrip() + spread


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")


def table(figures: Iterable[Figure]) -> str:
    """Markdown, as in docs/benchmarks.md."""
    rows = [("figure", "measured", "floor", "")]
    rows += [(f"{f.name}{f' ({f.note})' if f.note else ''}", f.shown, f.floor, f.state) for f in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    rows.insert(1, tuple("-" * width for width in widths))  # type: ignore[arg-type]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in rows
    )


def machine() -> str:
    """What it ran on, and what else ran there."""
    load = " ".join(f"{one:.2f}" for one in os.getloadavg())
    model = next((line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")), "?")
    return f"{os.cpu_count()} x {model}, Python {platform.python_version()}, load average {load}"


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
