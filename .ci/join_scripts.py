"""Joins the dashboard's modules into static/js/desk.js: one request instead of twenty.

Each module becomes a function that is called once, in the order of their imports, and returns what it exports;
nothing is renamed and nothing is left out. `python .ci/join_scripts.py` writes the file, a test compares it.
"""

from __future__ import annotations

import re
from pathlib import Path

JS = Path(__file__).resolve().parents[1] / "static" / "js"
_IMPORT = re.compile(r'^import (?:\* as (\w+)|\{([^}]+)\}) from "\./(?:lib/)?(\w+)\.js";\n', re.M)
_LAZY = re.compile(r'\bimport\("\./(?:lib/)?(\w+)\.js"\)')
_EXPORT = re.compile(r"^export (?:async )?(?:function|const|let|class) (\w+)", re.M)


def joined() -> str:
    done: dict[str, str] = {}
    _add("app", JS / "app.js", done)
    return "// Joined from app.js and lib/*.js by .ci/join_scripts.py: change those.\n" + "".join(
        done.values()
    )


def _add(name: str, path: Path, done: dict[str, str]) -> None:
    """The module after everything that it imports."""
    text = path.read_text()
    for _whole, _names, needed in _IMPORT.findall(text):
        if f"_{needed}" not in done:
            _add(f"_{needed}", JS / "lib" / f"{needed}.js", done)
    for needed in _LAZY.findall(text):
        if f"_{needed}" not in done:
            _add(f"_{needed}", JS / "lib" / f"{needed}.js", done)
    exports = ", ".join(_EXPORT.findall(text))
    body = _IMPORT.sub(_constant, text)
    body = _LAZY.sub(r"Promise.resolve(_\1)", body).replace("\nexport ", "\n")
    done[name] = f"const {name} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"


def _constant(found: re.Match[str]) -> str:
    whole, names, needed = found.groups()
    wanted = whole or "{" + names.replace(" as ", ": ") + "}"
    return f"const {wanted} = _{needed};\n"


if __name__ == "__main__":
    (JS / "desk.js").write_text(joined())
