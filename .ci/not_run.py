"""Names at the end what was not tested, so that a green run cannot hide it.

A test that misses a tool skips itself with a reason that starts with "NOT RUN: ".
Usage: not_run.py REPORT.xml [MISSING TOOL ...]. The exit code is 1 when anything was not run.
"""

import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

MARK = "NOT RUN: "


def not_run(*, report: Path, missing: list[str]) -> Counter[str]:
    """Reason -> number of tests (0 for a tool that nobody has asked for yet)."""
    found = Counter({reason: 0 for reason in missing})
    if not report.exists():
        return found + Counter({"the tests: they ended without a report": 1})
    for skipped in ElementTree.parse(report).iter("skipped"):  # noqa: S314  our own file
        reason = skipped.get("message") or ""
        if MARK in reason:
            found[reason.split(MARK, 1)[1].strip()] += 1
    return found


def main(arguments: list[str]) -> int:
    found = not_run(report=Path(arguments[0]), missing=arguments[1:])
    for reason, tests in sorted(found.items()):
        print(f"{MARK}{reason}" + (f" ({tests} tests)" if tests else ""))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
