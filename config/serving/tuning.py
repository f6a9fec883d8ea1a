"""Memory and turns of a process that serves many small requests from a large program."""

from __future__ import annotations

import gc
import sys

from django.urls import get_resolver

# New objects between two looks for garbage. The default, 700, is one message: most of what it makes is freed by
# itself, and each look walks over whatever other requests hold at the time.
YOUNG = 10_000
TURN_SECONDS = 0.001


def load_views() -> None:
    """Now, and not by the first request."""
    assert get_resolver().url_patterns


def keep_what_is_loaded() -> None:
    """Take modules, classes and settings out of every later search for garbage: they are none, and they are most
    of what there is. Call it when everything is loaded."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)


def take_short_turns() -> None:
    """For a process whose event loop stands beside threads that compute: after 5 ms, the default, it would get its
    turn as late as people notice."""
    sys.setswitchinterval(TURN_SECONDS)
