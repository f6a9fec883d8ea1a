"""Celery's Redis transport, made to survive the broker's death."""

from __future__ import annotations

import logging
from typing import Any

import redis
from kombu.transport import redis as transport

logger = logging.getLogger(__name__)


class Unacknowledged(transport.QoS):
    """The tasks a worker has taken and not finished.

    On losing the broker kombu tries to put them back: into the broker that is gone. kombu 5.7 then raises what
    no caller expects, and the worker, all its threads included, ends. Nothing depends on putting them back:
    whatever they are about is a row, and is handed out again.
    """

    def restore_unacked(self, client: Any = None) -> None:
        try:
            super().restore_unacked(client)
        except (redis.RedisError, OSError, AttributeError) as error:
            logger.warning(
                "unfinished tasks not put back, left to the sweeps",
                extra={"tasks": len(self._delivered), "error": str(error)},
            )
            self._delivered.clear()


def install() -> None:
    """For every connection of this process that is made from now on."""
    transport.Channel.QoS = Unacknowledged
