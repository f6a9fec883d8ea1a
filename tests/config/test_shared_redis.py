"""Two installations on one Redis: not even a published message of one reaches the other."""

from __future__ import annotations

import os
import subprocess
import sys

from django.conf import settings

_NAMES = """
import django; django.setup()
from django.conf import settings
from django.core.cache import cache
from channels_ext.realtime import presence
from config.celery import app
from config.events import WAKE_CHANNEL
options = app.conf.broker_transport_options
print(WAKE_CHANNEL, cache.make_key("a"),
      settings.CHANNEL_LAYERS["default"]["CONFIG"]["prefix"], presence._key(1, "users"),
      app.conf.task_default_queue, options["unacked_key"], options["unacked_index_key"], options["unacked_mutex_key"])
"""


def names(prefix: str) -> list[str]:
    """Of everything that is put into Redis, as an installation with this prefix calls it."""
    environment = {
        **os.environ,
        "REDIS_PREFIX": prefix,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ENVIRONMENT": "test",
    }
    done = subprocess.run(
        [sys.executable, "-c", _NAMES], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True,
        timeout=60, check=True,
    )  # fmt: skip
    return done.stdout.split()


def test_two_installations_on_one_redis_share_no_name() -> None:
    first, second = names("north"), names("south")
    assert len(first) == 8
    assert all(name.startswith("north") for name in first), first
    assert second == [name.replace("north", "south", 1) for name in first]
