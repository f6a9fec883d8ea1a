from __future__ import annotations

import uuid

import pytest
import redis

from config.events import bus
from config.wire import _line, ask, ask_all, tell


@pytest.fixture
def key() -> str:
    return f"parley:test:{uuid.uuid4().hex}"


def test_several_commands_are_answered_in_order(key: str) -> None:
    assert ask_all([("INCR", key), ("INCR", key), ("GET", key)]) == [1, 2, b"2"]


def test_the_answer_to_what_was_only_told_is_nobody_elses(key: str) -> None:
    tell("INCR", key)
    tell("INCR", key)
    assert ask("INCR", key) == 3
    assert ask_all([("GET", key)]) == [b"3"]


def test_an_error_among_several_leaves_the_line_in_step(key: str) -> None:
    ask("SET", key, "words")
    with pytest.raises(redis.ResponseError):
        ask_all([("INCR", key), ("GET", key)])
    assert ask("GET", key) == b"words"


def test_a_refused_tell_does_not_harm_the_next_command(key: str) -> None:
    ask("SET", key, "words")
    tell("INCR", key)
    assert ask("GET", key) == b"words"


def test_a_line_that_the_server_has_closed_is_made_anew(key: str) -> None:
    ask("SET", key, "words")
    bus().execute_command("CLIENT", "KILL", "ID", ask("CLIENT", "ID"))
    assert ask("GET", key) == b"words"


def test_telling_over_a_closed_line_costs_at_most_what_was_told(key: str) -> None:
    ask("SET", key, "1")
    bus().execute_command("CLIENT", "KILL", "ID", ask("CLIENT", "ID"))
    try:
        tell("INCR", key)
    except redis.ConnectionError:
        pass
    assert ask("GET", key) in (b"1", b"2")
    assert _line.untold == 0
