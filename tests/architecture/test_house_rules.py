"""The house rules of CONTRIBUTING and the design, where a machine can check them."""

from __future__ import annotations

import ast
import inspect
import re
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.module_loading import import_string
from importlinter.cli import lint_imports

from config import subscriptions

APPS = ("config", "accounts", "inboxes", "conversations", "channels_ext", "automation", "reports")
ROOT = Path(settings.BASE_DIR)


def sources() -> list[Path]:
    found = (path for app in APPS for path in sorted((ROOT / app).rglob("*.py")))
    return [path for path in found if "migrations" not in path.parts]


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sources():
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def functions(tree: ast.AST) -> list[Any]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return []


# --- wiring ---------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def _handlers() -> list[tuple[str, bool]]:
    inline = {path for paths in subscriptions.INLINE.values() for path in paths}
    queued = {one.handler for many in subscriptions.QUEUED.values() for one in many}
    return [*((path, True) for path in sorted(inline)), *((path, False) for path in sorted(queued))]


@pytest.mark.parametrize(("path", "is_inline"), _handlers())
def test_every_subscription_names_a_handler_of_the_right_form(path: str, is_inline: bool) -> None:
    handler = import_string(path)
    (parameter,) = inspect.signature(handler).parameters.values()
    kind = "list[StoredEvent]" if is_inline else "StoredEvent"
    assert str(parameter.annotation).replace("config.events.", "") == kind


def test_every_subscribed_event_is_one_that_somebody_publishes() -> None:
    text = "\n".join(path.read_text() for path in sources() if path.name != "subscriptions.py")
    for name in {*subscriptions.INLINE, *subscriptions.QUEUED} - {"*"}:
        assert f'"{name}"' in text, name


def test_layers_are_kept(capsys: Any, monkeypatch: Any) -> None:
    monkeypatch.chdir(ROOT)
    exit_code = lint_imports(no_cache=True)
    assert exit_code == 0, capsys.readouterr().out
    assert "0 broken" in capsys.readouterr().out


# --- files, imports, signals, sockets -----------------------------------------------------------------------
def test_no_file_is_named_after_nothing() -> None:
    shapeless = {"utils.py", "helpers.py", "misc.py", "common.py", "util.py", "helper.py"}
    assert [str(path) for path in sources() if path.name in shapeless] == []


def test_own_modules_are_imported_at_the_top() -> None:
    """But in AppConfig.ready, which runs before the models are there."""
    found = []
    for name, tree in trees():
        for function in functions(tree):
            if name.endswith("apps.py") and function.name == "ready":
                continue
            inner = [module for node in ast.walk(function) for module in imported(node)]
            found += [f"{name}:{function.name}" for module in inner if module.split(".")[0] in APPS]
    assert found == []


def test_there_are_no_signals_on_our_own_models_and_no_model_viewsets() -> None:
    """allauth's signals may be listened to: they are how it tells us anything."""
    forbidden = re.compile(
        r"django\.db\.models\.signals|\b(pre|post)_(save|delete|init)\b|m2m_changed|ModelViewSet|"
        r"\b(Create|Update|Destroy|ListCreate|RetrieveUpdate\w*)APIView\b"
    )
    found = [str(path) for path in sources() if forbidden.search(path.read_text())]
    assert found == []


# Who may open a connection by hand, and to whom.
SOCKETS = {
    "config/outbound.py": "the guarded client: every address that a tenant names",
    "config/embedded/valkey.py": "our own Valkey",
    "config/management/commands/serve.py": "listens",
    "config/probe.py": "asks the server of its own container whether it is alive",
    "config/serving/listening.py": "listens",
    "config/serving/server.py": "takes connections that were accepted",
    "config/serving/two.py": "accepts connections and hands them over",
    "config/supervisor.py": "asks its own child whether it is alive",
}
NETWORK = {"socket", "ssl", "http.client", "urllib.request", "requests", "requests_hardened", "httpx", "aiohttp",
           "urllib3", "smtplib", "imaplib", "poplib", "ftplib", "telnetlib", "xmlrpc.client"}  # fmt: skip


def test_only_the_guarded_client_reaches_out() -> None:
    found = {
        name
        for name, tree in trees()
        for node in ast.walk(tree)
        for module in imported(node)
        if module in NETWORK or any(module.startswith(f"{one}.") for one in NETWORK)
    }
    assert found - SOCKETS.keys() == set()


# --- crossing accounts --------------------------------------------------------------------------------------
# Who names the platform's role: to enter it, to make it, and the relay, whose own connection has no account.
ROLES = {"config/database.py", "config/tenancy.py", "config/relay.py"}


def test_the_platforms_role_is_entered_in_one_place() -> None:
    naming = re.compile(r"SET\s+(LOCAL\s+|SESSION\s+)?ROLE|set_config\('role'|platform_role|SESSION AUTHORIZATION|"
                        r"RESET\s+(ROLE|ALL)|DISABLE ROW LEVEL|BYPASSRLS|row_security", re.I)  # fmt: skip
    found = {str(path.relative_to(ROOT)) for path in sources() if naming.search(path.read_text())}
    assert found == ROLES


def test_the_account_of_the_scope_is_set_in_one_place() -> None:
    found = {str(path.relative_to(ROOT)) for path in sources() if "set_config" in path.read_text()}
    assert found == {"config/database.py"}


def _calls(tree: ast.Module, name: str) -> list[ast.Call]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [call for call in calls if getattr(call.func, "id", getattr(call.func, "attr", "")) == name]


def test_every_crossing_says_why() -> None:
    reasons = []
    for name, tree in trees():
        for call in _calls(tree, "platform_scope"):
            (reason,) = call.args
            assert isinstance(reason, ast.Constant), f"{name}: the reason is for who reads the code"
            reasons.append((name, str(reason.value)))
    assert len(reasons) > 10
    assert [name for name, reason in reasons if len(reason) < 20] == []


def test_migrations_alone_speak_as_the_owner() -> None:
    found = {name for name, tree in trees() if _calls(tree, "owner_connection")}
    assert found == {"config/management/commands/migrate.py", "config/management/commands/flush.py"}


# --- actions and models -------------------------------------------------------------------------------------
def _actions() -> Iterator[tuple[str, Any]]:
    for name, tree in trees():
        path = Path(name)
        if path.parts[1] != "actions" and path.name != "actions.py":
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield f"{name}:{node.name}", node


# Small things that actions share, and handlers, which take the event.
NOT_ACTIONS = {"delete_inbox", "rename_everywhere", "find_member", "members_of", "person"}


def test_public_actions_take_keywords_only_and_are_typed() -> None:
    loose = []
    for name, function in _actions():
        if function.name in NOT_ACTIONS or function.name.startswith("clean_"):
            continue
        arguments = function.args
        typed = all(one.annotation for one in arguments.kwonlyargs) and function.returns is not None
        if function.decorator_list and not arguments.kwonlyargs:
            continue
        if not typed or len(arguments.args) > 1:
            loose.append(name)
    assert loose == []


def test_only_actions_and_the_machinery_publish() -> None:
    allowed = re.compile(r"/actions/|/actions\.py$|^config/|^channels_ext/realtime/|tasks\.py$")
    found = [name for name, tree in trees() if _calls(tree, "publish") and not allowed.search(name)]
    assert found == []


# --- size ---------------------------------------------------------------------------------------------------
def test_functions_and_files_stay_small() -> None:
    lengths = sorted(
        (function.end_lineno - function.lineno + 1, f"{name}:{function.name}")
        for name, tree in trees()
        for function in functions(tree)
    )
    sizes = [length for length, _name in lengths]
    assert statistics.median(sizes) <= 8
    assert sizes[int(len(sizes) * 0.95)] <= 40
    assert lengths[-1][0] <= 60, lengths[-1]
    files = sorted((len(path.read_text().splitlines()), str(path)) for path in sources())
    assert files[int(len(files) * 0.95)][0] <= 300
    assert files[-1][0] <= 500, files[-1]
