"""What the widget may weigh and must never contain. Sizes are gzip -9, as the visitor downloads them."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import render_to_string

from config.static import squeezed

KB = 1024
WIDGET = Path(settings.BASE_DIR) / "static" / "widget"
LOADER = WIDGET / "widget.js"
# On the host's page, but never on every one of them: an answer's card, the other two ways to embed.
ADDED = [WIDGET / name for name in ("more.js", "sdk.js", "chatwoot.js")]
MODULES = sorted(path for path in WIDGET.glob("*.js") if path not in (LOADER, *ADDED))
SCRIPTS = [LOADER, *ADDED, *MODULES]
PAGE = (Path(settings.BASE_DIR) / "templates" / "widget" / "frame.html").read_text()
PRELOADED = set(re.findall(r"modulepreload\" href=\"{% static 'widget/(\w+)\.js' %}", PAGE))
# What the conversation needs at once; the rest comes when something asks for it.
CORE = [path for path in MODULES if path.stem in PRELOADED | {"frame"}]
LAZY = [path for path in MODULES if path not in CORE]

FORBIDDEN = {
    "markup made of strings": r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment",
    "code made of strings": r"\beval\(|new Function|setTimeout\(\s*[\"'`]",
    "a message to any origin": r"postMessage\([^;]*[\"'`]\*[\"'`]",
    "watching the host's DOM": r"MutationObserver",
    "the host's own handlers": r"window\.on[a-z]+\s*=",
    "a cookie": r"document\.cookie",
}


def weight(content: bytes) -> int:
    return len(gzip.compress(content, 9))


def script_weight(path: Path) -> int:
    """As it is served: config.static leaves comments and indentation behind."""
    return weight(squeezed(path.read_text()).encode())


def frame_page() -> str:
    channel = {"name": "Shop", "welcome_title": "Hello", "welcome_tagline": "Ask us anything"}
    config = {
        "website_token": "x" * 24,
        "api_base": "/api/v1/widget",
        "live_url": "/live/widget",
        "texts": {},
    }
    return render_to_string("widget/frame.html", {"channel": channel, "config": config})


def test_the_loader_weighs_at_most_four_kilobytes() -> None:
    assert script_weight(LOADER) <= 4 * KB


@pytest.mark.parametrize("path", ADDED, ids=lambda path: path.name)
def test_what_some_pages_load_besides_weighs_at_most_two_kilobytes(path: Path) -> None:
    assert script_weight(path) <= 2 * KB


def test_the_frame_s_script_weighs_at_most_twenty_kilobytes_and_its_style_eight() -> None:
    assert sum(map(script_weight, CORE)) <= 20 * KB
    assert weight((WIDGET / "frame.css").read_bytes()) <= 8 * KB


def test_everything_after_opening_weighs_at_most_45_kilobytes() -> None:
    message = {"id": 1, "content": "An answer of ordinary length " * 3, "sender": {"name": "Bob"}}
    parts = [
        frame_page().encode(),
        (WIDGET / "frame.css").read_bytes(),
        json.dumps([{**message, "id": n} for n in range(20)]).encode(),
    ]
    assert sum(map(weight, parts)) + sum(map(script_weight, MODULES)) <= 45 * KB, "even with all that is lazy"


@pytest.mark.parametrize("danger", sorted(FORBIDDEN))
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_script_of_the_widget_contains(path: Path, danger: str) -> None:
    assert not re.search(FORBIDDEN[danger], path.read_text()), f"{path.name}: {danger}"


def test_every_module_is_preloaded_so_that_none_waits_for_another() -> None:
    imported = {name for path in CORE for name in re.findall(r'from "\./(\w+)\.js";', path.read_text())}
    assert PRELOADED == imported


def test_every_other_module_is_asked_for_by_somebody() -> None:
    asked = {name for path in MODULES for name in re.findall(r'import\("\./(\w+)\.js"\)', path.read_text())}
    assert asked == {path.stem for path in LAZY}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_what_is_served_without_comments_still_means_the_same(path: Path) -> None:
    text = path.read_text()
    lines = [line.strip() for line in text.splitlines()]
    kept = [line for line in lines if line and not line.startswith("//")]
    if kept[0].startswith("/*"):
        kept = kept[next(at for at, line in enumerate(kept) if line.endswith("*/")) + 1 :]
    assert squeezed(text).splitlines() == kept


def test_the_frame_s_page_holds_no_inline_script_and_no_inline_style() -> None:
    page = frame_page()
    scripts = re.findall(r"<script\b[^>]*>", page)
    assert [tag for tag in scripts if "src=" not in tag] == ['<script id="config" type="application/json">']
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)


def test_the_frame_s_style_needs_no_younger_browser_than_promised() -> None:
    style = re.sub(r"/\*.*?\*/", "", (WIDGET / "frame.css").read_text(), flags=re.DOTALL)
    assert "light-dark(" not in style
    assert not re.search(r"[{;]\s*&", style)


def test_every_text_the_frame_s_page_asks_for_exists() -> None:
    asked = set(re.findall(r'data-(?:text|label|hint)="(\w+)"', PAGE))
    known = set(re.findall(r"^  (\w+): \"", (WIDGET / "look.js").read_text(), flags=re.MULTILINE))
    assert asked <= known
