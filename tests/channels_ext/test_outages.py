"""Never a false 2xx: while the database or the disk is away, senders hear 503 and when to come again, and
what they sent was not half stored."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, connections

from config.database import account_scope, platform_scope
from config.models import StoredFile
from conversations.models import Message
from tests import factories
from tests.channels_ext.visitor import Visitor, file
from tests.factories import Cast

PNG = b"\x89PNG\r\n\x1a\n"


def assert_unavailable(response: Any) -> None:
    assert response.status_code == 503, response.content
    message = "The service is not available at the moment. Nothing was stored; please try again."
    assert response.json() == {"code": "unavailable", "message": message, "error": message}
    assert response["Retry-After"] == "2"
    assert response["Cache-Control"] == "no-store"
    assert "postgres" not in str(response.headers).lower()


def assert_no_room(response: Any) -> None:
    """Trying again at once would not help, so that nothing says when."""
    assert response.status_code == 507, response.content
    message = "There is no room left for files. Nothing was sent; a text without files can be."
    assert response.json() == {"code": "storage_full", "message": message, "error": message}


def assert_only_files_are_left(after: dict[str, Any], before: dict[str, Any]) -> None:
    """No row of a message. Files that nothing needs are noted as such, and the sweep takes them; none is in part."""
    kept = ("config_storedfile", "files")
    assert {key: after[key] for key in after if key not in kept} == {
        key: before[key] for key in before if key not in kept
    }
    with platform_scope("tests look at everything"):
        assert not StoredFile.objects.filter(unneeded_since__isnull=True).exists()
    assert all(Path(name).stat().st_size == len(PNG) for name in after["files"])


def assert_no_storage(response: Any) -> None:
    assert response.status_code == 503, response.content
    message = "The file storage cannot be reached. Nothing was sent; try again in a moment."
    assert response.json() == {"code": "storage_unavailable", "message": message, "error": message}


@contextmanager
def database_at(host: str, wait: float = 0.5) -> Iterator[None]:
    """Connections of this process go to another server meanwhile; none of the pooled ones is left over."""
    conn: Any = connections["default"]
    known = dict(conn.settings_dict)
    options = {**known["OPTIONS"], "pool": {"min_size": 0, "max_size": 2, "timeout": wait}}
    conn.close()
    conn.close_pool()
    conn.settings_dict.update(HOST=host, OPTIONS=options)
    try:
        yield
    finally:
        conn.close()
        conn.close_pool()
        conn.settings_dict.update(known)


def another_connection() -> psycopg.Connection[Any]:
    """As the login, past Django."""
    params: Any = connection.get_connection_params()
    keep = {key: params[key] for key in ("dbname", "user", "password", "host", "port") if params.get(key)}
    return psycopg.connect(**keep, autocommit=True)


@pytest.mark.parametrize("host", ["/nowhere", "127.0.0.9"])
def test_without_a_database_nothing_is_answered_2xx(
    committed_cast: Cast, api: Any, host: str, tmp_path: Path, stored: Callable[[], Any]
) -> None:
    cast = committed_cast
    display_id = factories.hear(cast.vera)["conversation_id"]
    vera, bob = Visitor(cast.inbox, cast.vera), api(cast.bob)
    bob.raise_request_exception = False
    before = stored()

    with database_at(host):
        answers = [
            vera.write("Hello"),
            vera.upload(file("a.png", PNG)),
            vera.read("/messages"),
            vera.send("/config"),
            bob.send(f"/conversations/{display_id}/messages", {"content": "Hi"}),
            bob.read("/conversations"),
            vera.get("/widget", {"website_token": vera.website_token}),
            vera.get("/files/1.1:x/a.png"),
        ]

    assert answers.pop().status_code == 404  # a forged address is known without asking
    for answer in answers:
        assert_unavailable(answer)
    assert stored() == before
    assert vera.write("Hello again").status_code == 200


def test_a_connection_that_dies_between_write_and_commit_is_no_success(
    committed_cast: Cast, monkeypatch: pytest.MonkeyPatch, stored: Callable[[], Any]
) -> None:
    vera = Visitor(committed_cast.inbox, committed_cast.vera)
    before = stored()

    def cut(_message: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        with another_connection() as other:
            other.execute("SELECT pg_terminate_backend(%s, 2000)", [pid])
        return {"id": 1, "inbox_id": 1, "private": False, "source_id": None}

    with monkeypatch.context() as patch:
        patch.setattr("channels_ext.widget.talk_views.shapes.message_public", cut)
        response = vera.write("Hello", echo_id="e-1")

    assert_unavailable(response)
    assert stored() == before
    # The same again, as clients do: once.
    assert vera.write("Hello", echo_id="e-1").status_code == 200
    with account_scope(committed_cast.account.pk):
        assert Message.objects.count() == 1


def test_a_lock_that_nobody_gives_back_is_an_outage_and_no_error(
    committed_cast: Cast, stored: Callable[[], Any]
) -> None:
    cast = committed_cast
    factories.hear(cast.vera)
    vera = Visitor(cast.inbox, cast.vera)
    before = stored()
    conn: Any = connections["default"]
    conn.close()
    conn.close_pool()
    known = conn.settings_dict["OPTIONS"]
    conn.settings_dict["OPTIONS"] = {**known, "options": known["options"] + " -c lock_timeout=300"}
    try:
        with another_connection() as other, other.transaction():
            other.execute("SELECT 1 FROM conversations_conversation FOR UPDATE")
            response = vera.write("Hello")
    finally:
        conn.close()
        conn.close_pool()
        conn.settings_dict["OPTIONS"] = known

    assert_unavailable(response)
    assert stored() == before


@pytest.fixture
def full_disk(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """MEDIA_ROOT on a disk of 64 kB."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("NOT RUN: only root may mount the small disk that this fills")
    settings.MEDIA_ROOT = place
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_takes_no_message_and_keeps_no_part_of_the_file(
    cast: Cast, vera: Visitor, api: Any, full_disk: Path, stored: Callable[[], Any]
) -> None:
    display_id = factories.hear(cast.vera)["conversation_id"]
    bob = api(cast.bob)
    bob.raise_request_exception = False
    before = stored()

    large = file("large.png", PNG + bytes(200_000))
    assert_no_room(vera.upload(file("small.png", PNG), large, text="Look"))
    large = file("large.png", PNG + bytes(200_000))
    url = f"{bob.base}/conversations/{display_id}/messages"
    assert_no_room(bob.post(url, {"content": "Look", "attachments[]": [large]}))

    assert_only_files_are_left(stored(), before)
    # What fits goes on, and so does text.
    assert vera.upload(file("small.png", PNG), text="Look").status_code == 200
    assert vera.write("Hello").status_code == 200


def test_a_disk_that_may_only_be_read_is_an_outage_too(
    vera: Visitor, full_disk: Path, stored: Callable[[], Any]
) -> None:
    before = stored()
    subprocess.run(["mount", "-o", "remount,ro", str(full_disk)], check=True)

    assert_no_storage(vera.upload(file("a.png", PNG)))

    assert_only_files_are_left(stored(), before)
