"""Celery's Redis transport, made to survive the broker's death.

kombu 5.7 asks a closed connection for its address whenever something is left to do on one of its channels:
tasks to put back when the broker is lost, a late acknowledgement after the reconnect. It raises AttributeError,
which nobody there expects, and the worker, all its threads included, ends.
"""

from __future__ import annotations

import logging
from typing import Any

import redis
from kombu.transport import redis as transport

logger = logging.getLogger(__name__)


class Unacknowledged(transport.QoS):
    """The tasks a worker has taken and not finished. They cannot be put back into a broker that is gone, and
    nothing depends on it: whatever they are about is a row, and is handed out again."""

    def restore_unacked(self, client: Any = None) -> None:
        try:
            super().restore_unacked(client)
        except (redis.RedisError, OSError) as error:
            logger.warning(
                "unfinished tasks not put back, left to the sweeps",
                extra={"tasks": len(self._delivered), "error": str(error)},
            )
            self._delivered.clear()


class Channel(transport.Channel):
    """Says in the words that kombu and Celery understand that its connection is gone."""

    QoS = Unacknowledged

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise redis.ConnectionError("the connection of this channel is closed")
        return super()._connparams(asynchronous=asynchronous)


def install() -> None:
    """For every connection of this process that is made from now on."""
    transport.Transport.Channel = Channel
