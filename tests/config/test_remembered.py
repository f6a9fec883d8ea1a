"""Answers that are kept: the source changes, and the next answer is the new one."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.core.cache import cache
from django.db import transaction

from accounts import features, presence
from accounts.actions import platform
from accounts.actions.members import invite_member, remove_member, set_availability
from accounts.cache_keys import NEVER, cache_keys
from accounts.models import Account, Membership, PlatformApp
from channels_ext.realtime.presence import mark_all
from config.database import account_scope, platform_scope
from config.remembered import Remembered
from tests import factories
from tests.factories import Cast


def redis_of(one: Any) -> Any:
    return one._cache.get_client()


def program_of(cast: Cast) -> PlatformApp:
    program = PlatformApp.objects.create(name="Console")
    platform.grant(program=program, row=cast.account)
    return program


def test_a_feature_that_was_switched_is_so_at_the_next_question(committed_cast: Cast) -> None:
    cast, program = committed_cast, program_of(committed_cast)
    assert features.is_enabled(cast.account.pk, "macros")
    assert not features.is_enabled(cast.account.pk, "sla")

    with platform_scope("tests work as a platform app does"):
        switched = {"macros": False, "sla": True}
        platform.update_account(program=program, account_id=cast.account.pk, features=switched)

    assert not features.is_enabled(cast.account.pk, "macros")
    assert features.is_enabled(cast.account.pk, "sla")
    assert features.is_enabled(cast.other.pk, "macros")


def test_features_are_read_once_an_hour(committed_cast: Cast, django_assert_num_queries: Any) -> None:
    features.features_of(committed_cast.account.pk)
    with django_assert_num_queries(0):
        features.features_of(committed_cast.account.pk)
    key = next(key for key in redis_of(cache).keys("*features:*") if b":version" not in key)
    assert 3590 < redis_of(cache).ttl(key) <= 3600
    # Behind the actions' back nothing is noticed: that is what the hour is for.
    with platform_scope("tests look behind actions"):
        Account.objects.filter(pk=committed_cast.account.pk).update(features={"macros": False})
    assert features.is_enabled(committed_cast.account.pk, "macros")


def test_agents_online_follow_what_they_choose_and_whether_they_are_here(committed_cast: Cast) -> None:
    cast = committed_cast
    account_id, bob, alice = cast.account.pk, cast.bob.user_id, cast.alice.user_id
    assert presence.agents_online(account_id) == set()

    mark_all({account_id: [bob, alice]})
    assert presence.agents_online(account_id) == {bob, alice}
    assert presence.agents_online(account_id, among=[alice, 0]) == {alice}

    with account_scope(account_id):
        set_availability(access=factories.access_of(cast.bob), membership_id=cast.bob.pk, availability=2)
    assert presence.agents_online(account_id) == {alice}

    with account_scope(account_id):
        remove_member(access=factories.access_of(cast.alice), membership_id=cast.bob.pk)
        nora = invite_member(access=factories.access_of(cast.alice), email="n@acme.test", auto_offline=False)
    assert presence.agents_online(account_id) == {alice, nora.user_id}


def test_what_members_chose_is_read_once_in_five_minutes(
    committed_cast: Cast, django_assert_num_queries: Any
) -> None:
    presence.statuses(committed_cast.account.pk)
    with django_assert_num_queries(0):
        presence.statuses(committed_cast.account.pk)
    keys = redis_of(cache).keys("*agents-online:*")
    key = next(key for key in keys if b":version" not in key)
    assert 290 < redis_of(cache).ttl(key) <= 300


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_is_late_stores_nothing_that_others_read() -> None:
    """It has read before the change and stores after it."""
    answers = iter(["old", "new"])

    def read(account_id: int) -> str:
        answer = next(answers)
        if answer == "old":
            with transaction.atomic():
                slow.forget(account_id)
        return answer

    slow = Remembered("slow", 60, read)

    assert slow.get(1) == "old"
    assert slow.get(1) == "new"
    assert slow.get(1) == "new"


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_was_none_and_its_own_transaction_reads_the_source() -> None:
    source = {"value": "kept"}
    one = Remembered("one", 60, lambda _account_id: source["value"])
    assert one.get(1) == "kept"

    with transaction.atomic():
        source["value"] = "changed"
        one.forget(1)
        assert one.get(1) == "changed"
        transaction.set_rollback(True)

    source["value"] = "never asked"
    assert one.get(1) == "kept"


@pytest.mark.django_db(transaction=True)
def test_a_flushed_cache_costs_one_reading() -> None:
    counted: list[int] = []

    def read(account_id: int) -> int:
        counted.append(account_id)
        return len(counted)

    one = Remembered("counted", 60, read)
    assert [one.get(1), one.get(1)] == [1, 1]
    cache.clear()
    assert [one.get(1), one.get(1)] == [2, 2]


def test_what_changed_last_is_told_by_kind(committed_cast: Cast, api: Any) -> None:
    cast, before = committed_cast, int(time.time())
    alice = api(cast.alice)
    assert set(cache_keys(cast.account.pk).values()) == {NEVER}

    alice.send("/teams", {"name": "sales"})
    alice.send("/labels", {"title": "vip"})

    answer = alice.read("/cache_keys")
    keys = answer.json()["cache_keys"]
    assert int(keys["team"]) >= before and int(keys["label"]) >= before
    assert keys["inbox"] == NEVER
    assert "max-age=10" in answer["Cache-Control"]
    with account_scope(cast.account.pk):
        assert Membership.objects.count() == 2
