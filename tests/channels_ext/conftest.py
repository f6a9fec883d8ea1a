"""What the tests of the edge share: proof that nothing was stored, and rates that can be reached."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection

from config import throttling
from config.database import platform_scope
from config.tenancy import tenant_tables
from conversations.models import ContactInbox
from tests import factories
from tests.channels_ext.integrator import set_channel
from tests.channels_ext.receiver import Receiver
from tests.channels_ext.visitor import Visitor
from tests.factories import Cast

Stored = dict[str, Any]


@pytest.fixture
def vera(cast: Cast) -> Visitor:
    """Her browser, with the token of her session."""
    return Visitor(cast.inbox, cast.vera)


@pytest.fixture
def stored(db: None) -> Callable[[], Stored]:
    """`stored()` → for every tenant table and the outbox, the number of its rows and a digest of all of
    them; and the files. Two equal ones: nothing was written in between, not even changed."""
    tables = sorted({*tenant_tables(), "config_outboxevent", "config_handlerrun", "accounts_user"})

    def read() -> Stored:
        digest = "md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
        sums = " UNION ALL ".join(
            f"SELECT '{table}', count(*), {digest} FROM {table} AS t" for table in tables
        )
        with platform_scope("tests look at everything"), connection.cursor() as cursor:
            cursor.execute(sums)
            rows: Stored = {table: (count, known) for table, count, known in cursor.fetchall()}
        folder = Path(django_settings.MEDIA_ROOT)
        rows["files"] = sorted(str(path) for path in folder.rglob("*") if path.is_file())
        return rows

    return read


@pytest.fixture
def rates(settings: Any) -> Iterator[Callable[..., None]]:
    """`rates(visitor="20/min")` sets limits for this test. They count in windows of a fixed length: nobody is to
    straddle two."""

    def set_rates(**given: str) -> None:
        left = 60 - time.time() % 60
        if left < 10:
            time.sleep(left + 0.1)
        known = settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]
        settings.REST_FRAMEWORK = {
            **settings.REST_FRAMEWORK,
            "DEFAULT_THROTTLE_RATES": {**known, **given},
        }
        throttling._rate.cache_clear()

    yield set_rates
    throttling._rate.cache_clear()


@pytest.fixture
def number(cast: Cast) -> int:
    """Of vera's conversation, with one message of hers."""
    return int(factories.hear(cast.vera, "Where is my parcel?")["conversation_id"])


@pytest.fixture
def receiver(cast: Cast) -> Iterator[Receiver]:
    """The webhook of cast.api_inbox."""
    with Receiver().listening() as listening:
        set_channel(cast.api_inbox, webhook_url=listening.url)
        yield listening


@pytest.fixture
def walter(cast: Cast) -> ContactInbox:
    """A contact of cast.api_inbox."""
    return factories.make_session(cast.api_inbox, "Walter")
