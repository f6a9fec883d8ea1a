from __future__ import annotations

import pytest
from django.core.cache import caches


@pytest.fixture(autouse=True, scope="session")
def _cache_of_this_worker(_redis_of_this_worker: None) -> None:
    """Rate limits live in the cache, and Django made its connection before the worker got its own Redis
    database: without this, two workers empty each other's counts."""
    for alias in list(caches):
        del caches[alias]
