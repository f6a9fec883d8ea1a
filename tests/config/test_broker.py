"""A worker outlives its broker."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import redis
from django.conf import settings

from config.broker import Unacknowledged
from config.celery import app


@pytest.fixture
def channel() -> Any:
    """A channel that has taken one task and not finished it."""
    queue = f"test-{uuid.uuid4().hex}"
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        with app.amqp.Producer(connection) as producer:
            producer.publish(
                {"task": "none"}, routing_key=queue, declare=[app.amqp.queues.new_missing(queue)]
            )
        channel.basic_consume(queue, no_ack=False, callback=lambda _message: None, consumer_tag="t")
        connection.drain_events(timeout=5)
        assert len(channel.qos._delivered) == 1
        yield channel


def test_the_transport_uses_it(channel: Any) -> None:
    assert type(channel.qos) is Unacknowledged


def test_unfinished_tasks_go_back_to_a_broker_that_lives(channel: Any) -> None:
    channel.qos.restore_unacked_once()
    assert len(channel.qos._delivered) == 0
    client: Any = redis.Redis.from_url(settings.REDIS_URL)
    assert client.hlen("unacked") == 0


@pytest.mark.parametrize(
    "error",
    [redis.ConnectionError("refused"), AttributeError("'NoneType' object has no attribute 'hostname'")],
    ids=["gone", "gone, as kombu says it"],
)
def test_a_broker_that_is_gone_does_not_take_the_worker_with_it(
    channel: Any, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: Any) -> Any:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(channel, "conn_or_acquire", refuse)
        channel.qos.restore_unacked_once()
    assert len(channel.qos._delivered) == 0
