"""How PostgreSQL runs the hot statements, as the application's role, among twenty thousand conversations: by index,
never by reading a table of tenants whole, never with parallel workers. `make bench ARGS=plans` asks the same of half
a million."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.bench.data import Crowd
from tests.bench.explain import plan_of
from tests.bench.hot import statements
from tests.bench.installation import fill

LARGE = Crowd(account_id=1001, conversations=20_000, long_thread=1_000)
SMALL = Crowd(account_id=1002, conversations=1_000, long_thread=1_000)
OTHERS = [Crowd(account_id=1003 + n, conversations=100) for n in range(4)]


@pytest.fixture
def installation(transactional_db: None) -> None:
    """Written as the owner of the tables, and flushed after the test."""
    known = connection.get_connection_params()
    keep = {key: known[key] for key in ("dbname", "user", "password", "host", "port") if known.get(key)}
    with psycopg.connect(**keep, autocommit=True) as conn:
        fill(conn, [LARGE, SMALL, *OTHERS], empty_accounts=1_000)


def test_hot_statements_read_no_table_whole(installation: None, current_user: Any) -> None:
    assert current_user().endswith("_app")
    for crowd in (LARGE, SMALL):
        plans = [plan_of(asked, crowd.account_id) for asked in statements(crowd)]
        assert len(plans) > 150
        assert [flaw for plan in plans for flaw in plan.flaws] == []
