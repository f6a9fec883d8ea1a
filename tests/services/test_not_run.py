"""The last lines of `make test`."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path

from config.embedded.plan import ROOT

not_run = runpy.run_path(str(ROOT / ".ci" / "not_run.py"))["not_run"]

REPORT = """<testsuites><testsuite>
<testcase><skipped type="pytest.skip" message="NOT RUN: chromium is not installed">x</skipped></testcase>
<testcase><skipped type="pytest.skip" message="Skipped: NOT RUN: chromium is not installed"/></testcase>
<testcase><skipped type="pytest.skip" message="only on Linux"/></testcase>
<testcase name="d"/>
</testsuite></testsuites>"""


def test_tests_that_missed_a_tool_are_counted_by_the_tool(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert not_run(report=report, missing=[]) == Counter({"chromium is not installed": 2})


def test_a_tool_that_no_test_asked_for_is_named_too(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text("<testsuites/>")
    assert list(not_run(report=report, missing=["chromium"])) == ["chromium"]


def test_a_run_without_a_report_is_not_taken_for_a_complete_one(tmp_path: Path) -> None:
    assert len(not_run(report=tmp_path / "none.xml", missing=[])) == 1
