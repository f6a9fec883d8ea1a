from __future__ import annotations

from celery import shared_task
from django.core.management import call_command

from accounts.actions.answers import prune_answers
from accounts.actions.sessions import drop_dead_sessions
from accounts.actions.tokens import write_down_last_uses


@shared_task(name="accounts.tasks.clear_sessions")
def clear_sessions() -> None:
    """Drop expired sessions, of browsers and of devices."""
    call_command("clearsessions")
    drop_dead_sessions()


@shared_task(name="accounts.tasks.prune_answers")
def prune_kept_answers() -> int:
    return prune_answers()


@shared_task(name="accounts.tasks.write_down_last_uses")
def write_down_uses() -> int:
    return write_down_last_uses()
