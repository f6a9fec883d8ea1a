"""What the browser loads: small, complete, from here only, and nothing that a strict policy would refuse."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils.translation import gettext, override

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
CSS = STATIC / "css"
SCRIPTS = [STATIC / "js" / "app.js", *sorted((STATIC / "js" / "lib").glob("*.js"))]
FOLDERS = ("account", "allauth", "components", "conversations", "errors", "search", "styleguide")
TEMPLATES = [*(ROOT / "templates").glob("*.html")] + [
    path for folder in FOLDERS for path in (ROOT / "templates" / folder).rglob("*.html")
]
KB = 1024


def zipped(*paths: Path) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


def test_the_stylesheet_is_its_parts_in_order() -> None:
    parts = (CSS / "order.txt").read_text().split()
    joined = "".join((CSS / part).read_text() for part in parts)
    assert (CSS / "app.css").read_text() == joined, "in static/css: xargs cat < order.txt > app.css"
    assert {str(path.relative_to(CSS)) for path in CSS.glob("*/*.css")} <= set(parts)


def test_the_script_is_its_modules_in_order() -> None:
    joined = subprocess.run(
        [sys.executable, "-c", "import join_scripts; print(join_scripts.joined(), end='')"],
        cwd=ROOT / ".ci",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert (STATIC / "js" / "desk.js").read_text() == joined, "python .ci/join_scripts.py"


def test_first_load_stays_within_its_budgets() -> None:
    assert zipped(CSS / "app.css") <= 35 * KB
    assert zipped(STATIC / "js" / "desk.js", STATIC / "vendor" / "htmx" / "htmx-4.0.1.min.js") <= 75 * KB
    assert zipped(STATIC / "js" / "emoji.json") <= 25 * KB
    assert zipped(STATIC / "js" / "lib" / "live.js") <= 5 * KB
    assert (STATIC / "fonts" / "inter-latin-wght.woff2").stat().st_size <= 50 * KB


def test_what_comes_from_others_comes_with_its_licence() -> None:
    for licence in ("vendor/htmx/LICENSE", "fonts/OFL.txt", "icons/LICENSE-lucide"):
        assert (STATIC / licence).stat().st_size > 0


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_holds_nothing_inline(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "script without src"
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|hx-vals=.js:|javascript:", text)
    assert not re.search(r"(?:src|href)=\"https?://", text), "loads from elsewhere"
    assert len(text.splitlines()) <= 150


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_is_a_small_module_that_evaluates_nothing(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 150
    assert not re.search(r"\beval\(|new Function|\.style\.|document\.write|https?://(?!\$)", text)
    assert all((path.parent / name).exists() for name in re.findall(r"from \"(\./[^\"]+)\"", text))


def test_every_sentence_a_script_says_is_in_the_page() -> None:
    there = set(re.findall(r'data-word="([^"]+)"', (ROOT / "templates/components/words.html").read_text()))
    said = {
        name
        for path in SCRIPTS
        for call in re.findall(r"\bword\(([^()]*(?:\([^()]*\))?[^()]*)\)", path.read_text())
        for name in re.findall(r'"([a-z][a-z-]+)"', call)
    }
    assert said - there == set()


def test_every_glyph_a_template_names_is_in_the_sprite() -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons" / "sprite.svg").read_text()))
    named = {name for path in TEMPLATES for name in re.findall(r'{% icon "([^"]+)"', path.read_text())}
    assert named - sprite == set()


def test_the_chinese_catalogue_is_complete_and_compiled(tmp_path: Path) -> None:
    catalogue = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    statistics = subprocess.run(
        ["msgfmt", "--statistics", "-o", tmp_path / "django.mo", catalogue],
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    assert "untranslated" not in statistics and "fuzzy" not in statistics
    assert (tmp_path / "django.mo").read_bytes() == catalogue.with_suffix(".mo").read_bytes()
    with override("zh-hans"):
        assert gettext("Private note") == "内部备注"
