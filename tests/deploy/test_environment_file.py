"""`.env.example` is the list of all variables: none is missing, none is dead, each is explained, defaults are true."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
CODE = ("config", "accounts", "inboxes", "conversations", "channels_ext", "automation", "reports")
READERS = {"text", "flag", "number", "words", "choice", "secret", "with_prefix"}
# Read by Django, Celery or the supervisor, not by an operator's choice.
NOT_FOR_OPERATORS = {"DJANGO_SETTINGS_MODULE"}
LINE = re.compile(r"(#?)([A-Z][A-Z0-9_]*)=(.*)")


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """(name, call, reader) of everything in our code that reads a variable by its name."""
    for folder in CODE:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                if not node.args or not isinstance(node.args[0], ast.Constant):
                    continue
                source, reader = ast.unparse(node.func.value), node.func.attr
                is_env = source == "env" and reader in READERS
                is_environ = source in {"os.environ", "environment", "env"} and reader == "get"
                if is_env or is_environ:
                    yield str(node.args[0].value), node, reader


def example() -> dict[str, tuple[bool, str]]:
    """name → (shown as a default, value)"""
    found: dict[str, tuple[bool, str]] = {}
    for line in (ROOT / ".env.example").read_text().splitlines():
        match = LINE.fullmatch(line)
        if match:
            assert match[2] not in found, f"{match[2]} is there twice"
            found[match[2]] = (match[1] == "#", match[3])
    return found


def test_every_variable_that_is_read_is_in_the_example() -> None:
    shown = example()
    read = {name for name, _call, _reader in calls()} - NOT_FOR_OPERATORS
    assert len(read) > 30
    missing = {name for name in read if name not in shown and not any(one.startswith(name) for one in shown)}
    assert missing == set()


def test_the_example_names_nothing_that_nobody_reads() -> None:
    compose = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    read = {name for name, _call, _reader in calls()} | compose
    prefixes = tuple(name for name in read if name.endswith("_"))
    dead = {name for name in example() if name not in read and not name.startswith(prefixes)}
    assert dead == set()


def test_every_variable_is_explained_above_it() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    for number, line in enumerate(lines):
        if LINE.fullmatch(line):
            above = lines[number - 1]
            assert LINE.fullmatch(above) or (above.startswith("# ") and len(above) > 12), line


def test_what_compose_needs_is_in_the_example() -> None:
    compose = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert compose - example().keys() == set()


SHOWN = [
    (name, call, reader) for name, call, reader in calls() if reader in {"number", "flag", "text", "choice"}
]


@pytest.mark.parametrize(("name", "call", "reader"), SHOWN, ids=[name for name, _call, _reader in SHOWN])
def test_the_default_that_is_shown_is_the_real_one(name: str, call: ast.Call, reader: str) -> None:
    is_default, shown = example()[name]
    if not is_default:
        return
    given = next((word.value for word in call.keywords if word.arg == "default"), None)
    if given is None and len(call.args) > 1:
        given = call.args[1]
    if given is None:
        assert shown == ""
        return
    try:
        real = eval(compile(ast.Expression(given), "default", "eval"), {"__builtins__": {}})
    except NameError:
        assert shown == ""  # depends on where it runs: the text says on what
        return
    assert shown == (str(real).lower() if reader == "flag" else str(real))
