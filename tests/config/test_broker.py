"""A worker outlives its broker."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import redis

from config.celery import app


@pytest.fixture
def channel() -> Any:
    """A channel that has taken one task and not finished it."""
    queue = f"test-{uuid.uuid4().hex}"
    options = {**app.conf.broker_transport_options, "unacked_key": f"{queue}-unacked"}
    with app.connection_for_write(transport_options=options) as connection:
        channel = connection.default_channel
        with app.amqp.Producer(connection) as producer:
            producer.publish(
                {"task": "none"}, routing_key=queue, declare=[app.amqp.queues.new_missing(queue)]
            )
        channel.basic_consume(queue, no_ack=False, callback=lambda _message: None, consumer_tag="t")
        connection.drain_events(timeout=5)
        assert len(channel.qos._delivered) == 1
        yield channel


def unfinished(channel: Any) -> int:
    """What the broker counts, over a connection of its own."""
    with redis.Redis.from_url(app.conf.broker_url) as client:
        return int(client.hlen(channel.unacked_key))  # type: ignore[arg-type]


def lose_connection(channel: Any) -> None:
    """What kombu does to a channel's connection when the broker is gone."""
    channel._disconnect_pools()
    channel.connection.client = None


def test_unfinished_tasks_go_back_to_a_broker_that_lives(channel: Any) -> None:
    assert unfinished(channel) == 1
    channel.qos.restore_unacked_once()
    assert (len(channel.qos._delivered), unfinished(channel)) == (0, 0)


def test_a_broker_that_is_gone_does_not_take_the_worker_with_it(channel: Any) -> None:
    lose_connection(channel)
    channel.qos.restore_unacked_once()
    assert (len(channel.qos._delivered), unfinished(channel)) == (0, 1)


def test_a_late_acknowledgement_fails_in_a_way_that_the_worker_expects(channel: Any) -> None:
    (tag,) = channel.qos._delivered
    known = channel.connection.connection_errors
    lose_connection(channel)
    with pytest.raises(known, match="the connection of this channel is closed"):
        channel.qos.ack(tag)
