from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection

from channels_ext.models import WebWidget
from config.database import account_scope, platform_scope
from config.prepared import prepared_cursor, prepared_first
from tests.factories import Cast

INBOXES = "SELECT array_agg(name ORDER BY name) FROM inboxes_inbox WHERE id = ANY(%s)"


def names(ids: list[int]) -> Any:
    with prepared_cursor() as cursor:
        cursor.execute(INBOXES, [ids])
        return cursor.fetchone()[0]


def test_a_kept_plan_shows_each_scope_its_own_rows(committed_cast: Cast) -> None:
    cast = committed_cast
    ids = [cast.inbox.pk, cast.other_inbox.pk]
    for _ in range(7):  # from the sixth time on PostgreSQL may keep one plan for all
        with account_scope(cast.account.pk):
            assert names(ids) == ["Website"]
        with account_scope(cast.other.pk):
            assert names(ids) == ["Globex site"]
    with platform_scope("a test looks at both"):
        assert names(ids) == ["Globex site", "Website"]
    with account_scope(cast.account.pk):
        assert names(ids) == ["Website"]
    assert names(ids) is None


def test_a_statement_is_prepared_once(committed_cast: Cast) -> None:
    with account_scope(committed_cast.account.pk):
        for _ in range(3):
            names([1])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%array_agg(name%'"
            )
            assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_values_come_as_python_knows_them() -> None:
    with prepared_cursor() as cursor:
        cursor.execute(
            "SELECT %s::timestamptz, '{\"a\": [1, null]}'::jsonb, '[2]'::json, '{x,y}'::text[]",
            ["2026-11-20 10:00+02"],
        )
        moment, document, listing, words = cursor.fetchone()
    assert moment == datetime.datetime(2026, 11, 20, 8, tzinfo=datetime.UTC)
    assert (document, listing, words) == ({"a": [1, None]}, [2], ["x", "y"])


@pytest.mark.django_db
def test_errors_are_those_of_django() -> None:
    with pytest.raises(DatabaseError), prepared_cursor() as cursor:
        cursor.execute("SELECT no_such_column")


@pytest.mark.django_db
def test_they_are_in_djangos_log_of_statements(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1) as log, prepared_cursor() as cursor:
        cursor.execute("SELECT %s::int", [7])
    assert log.captured_queries[0]["sql"] == "SELECT $1::int"


def test_the_first_object_is_what_a_queryset_gives(cast: Cast, django_assert_num_queries: Any) -> None:
    with account_scope(cast.account.pk):
        stored = WebWidget.objects.select_related("inbox").get(inbox=cast.inbox)
        with django_assert_num_queries(1):
            found = prepared_first(
                WebWidget,
                related=("inbox",),
                without=("hmac_token",),
                where="it.website_token = %s AND inbox.name = %s",
                params=[stored.website_token, "Website"],
            )
            assert found == stored
            assert found.inbox == stored.inbox
            for field in [*WebWidget._meta.concrete_fields]:
                if field.name != "hmac_token":
                    assert getattr(found, field.attname) == getattr(stored, field.attname), field.name
        with django_assert_num_queries(1):
            assert found.hmac_token == stored.hmac_token
        found.welcome_title = "Hello"
        found.save()
        stored.refresh_from_db()
        assert stored.welcome_title == "Hello"
        assert prepared_first(WebWidget, where="it.website_token = %s", params=["none"]) is None
