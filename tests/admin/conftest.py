"""Who uses the admin, and how."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Membership, User
from tests import factories


def browser(user: User, **headers: Any) -> Client:
    client = Client(HTTP_ACCEPT="text/html", **headers)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


@pytest.fixture
def as_member() -> Callable[[Membership], Client]:
    """`as_member(cast.alice)` → a browser of its own, signed in."""
    return lambda member: browser(member.user)


@pytest.fixture
def operator(db: None) -> User:
    return factories.make_user("Olga", is_superuser=True)


@pytest.fixture
def as_operator(operator: User) -> Client:
    return browser(operator)
