"""The cast, their clients, and a test database whose connections run as the application's role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import cache, caches
from django.db import connection, connections
from django.test import Client

from config import events
from config.database import owner_connection, platform_scope, use_role_of
from config.models import OutboxEvent
from config.serving.limits import allow_many_sockets
from tests import factories
from tests.factories import Cast

allow_many_sockets()  # some tests hold a thousand of them
AS_THE_APPLICATION = dict(settings.DATABASES["default"]["OPTIONS"])


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """The test database is created by the login itself; its roles do not exist yet."""
    with owner_connection():
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """From here on every connection is the application's, as in production. Without this, row-level security
    would be tested by somebody it does not apply to."""
    conn: Any = connections["default"]
    created_with = conn.settings_dict["OPTIONS"]
    with django_db_blocker.unblock():
        conn.close()
        conn.settings_dict["OPTIONS"] = dict(AS_THE_APPLICATION)
        use_role_of(conn.settings_dict["NAME"])
    yield
    with django_db_blocker.unblock():
        conn.close()
        conn.close_pool()
        conn.settings_dict["OPTIONS"] = created_with


@pytest.fixture(autouse=True, scope="session")
def _redis_of_this_worker(worker_id: str) -> None:
    """Every xdist worker has a Redis database of its own, so that wake-ups, limits and sessions do not mix."""
    number = int(worker_id.removeprefix("gw") or 0) + 1 if worker_id.startswith("gw") else 15
    url = settings.REDIS_URL
    base = url.rsplit("/", 1)[0] if "://" in url and not url.startswith("unix") else url
    settings.REDIS_URL = f"{base}/{number}" if not url.startswith("unix") else url
    settings.CACHES["default"]["LOCATION"] = settings.REDIS_URL
    events.bus.cache_clear()
    caches["default"].close()
    del caches["default"]  # made with the address that all workers share


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    try:
        events.bus().flushdb()
        cache.clear()
    except redis.RedisError:
        pass


@pytest.fixture(autouse=True)
def _media_in_a_temporary_place(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.DATA_DIR = tmp_path


@pytest.fixture
def cast(db: None) -> Cast:
    return factories.make_cast()


@pytest.fixture
def committed_cast(transactional_db: None) -> Cast:
    """The cast in real transactions: for isolation, locks, and whatever other connections have to see."""
    return factories.make_cast()


class ApiClient(Client):
    """A client that carries a member's token and speaks JSON."""

    def __init__(self, member: Any) -> None:
        super().__init__(HTTP_API_ACCESS_TOKEN=factories.token_of(member.user))
        self.base = f"/api/v1/accounts/{member.account_id}"

    def send(self, path: str, body: Any = None, method: str = "post") -> Any:
        return getattr(self, method)(self.base + path, body or {}, content_type="application/json")

    def read(self, path: str, **query: Any) -> Any:
        return self.get(self.base + path, query)


@pytest.fixture
def api() -> type[ApiClient]:
    """`api(cast.bob).send("/conversations/1/messages", {...})`"""
    return ApiClient


@pytest.fixture
def signed_in(client: Client) -> Any:
    """`signed_in(cast.bob)` → a browser client with bob's session."""

    def sign_in(member: Any) -> Client:
        client.force_login(member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return sign_in


@pytest.fixture
def outbox(db: None) -> Any:
    """`outbox()` → (name, payload) of all events so far, oldest first."""

    def read() -> list[tuple[str, dict[str, Any]]]:
        with platform_scope("tests look at everything"):
            return list(OutboxEvent.objects.order_by("id").values_list("name", "payload"))

    return read


@pytest.fixture
def current_user() -> Any:
    def ask() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            return str(cursor.fetchone()[0])

    return ask
