from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from config import health, tasks
from config.database import platform_scope
from config.models import RelayState


@pytest.fixture
def all_well(db: None) -> None:
    with platform_scope("a relay and a worker were just here"):
        RelayState.objects.update_or_create(pk=1, defaults={})


def test_live_answers_without_asking_anybody(
    client: Client, db: None, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_health_names_every_part(client: Client, all_well: None) -> None:
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ok",
        "database": "ok",
        "redis": "ok",
        "relay": "ok",
        "workers": "ok",
        "storage": "ok",
    }


def test_a_relay_that_was_never_seen_is_503(client: Client, db: None) -> None:
    response = client.get("/health")
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert response.json()["relay"] == "failing: never seen"


@pytest.mark.parametrize(("column", "part"), [("beat_at", "relay"), ("worker_beat_at", "workers")])
def test_a_silent_process_is_503(client: Client, all_well: None, column: str, part: str) -> None:
    with platform_scope("it has been silent"):
        row = RelayState.objects.get()
        setattr(row, column, row.beat_at.replace(year=2020))
        row.save()
    response = client.get("/health")
    assert response.status_code == 503
    assert response.json()[part].startswith("failing: silent for ")


def test_a_redis_that_is_away_is_503_and_names_no_address(
    client: Client, all_well: None, settings: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    health.bus.cache_clear()
    response = client.get("/health")
    health.bus.cache_clear()
    assert response.status_code == 503
    assert response.json()["redis"] == "failing: ConnectionError"


def test_a_storage_that_cannot_be_written_is_503(
    client: Client, all_well: None, settings: Any, tmp_path: Any
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a directory should be")
    settings.MEDIA_ROOT = blocked
    response = client.get("/health")
    assert response.status_code == 503
    assert response.json()["storage"].startswith("failing: ")


def test_a_beat_that_reached_a_worker_is_recorded(all_well: None, settings: Any) -> None:
    with platform_scope("it has been silent"):
        row = RelayState.objects.get()
        RelayState.objects.update(worker_beat_at=row.beat_at.replace(year=2020))
    tasks.beat_alive()
    with platform_scope("look"):
        assert RelayState.objects.get().worker_beat_at.year > 2020
    assert (settings.DATA_DIR / "run" / "worker.alive").exists()
