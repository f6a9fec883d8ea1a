"""The Celery app. Redis only wakes: what must not be lost is a row (config.relay, channels_ext.delivery)."""

from __future__ import annotations

import logging
import os
import time
from typing import Any

from celery import Celery
from celery.signals import heartbeat_sent, setup_logging, task_postrun, task_prerun
from django.conf import settings

from config import alive, broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

logger = logging.getLogger(__name__)
SLOW_JOB_SECONDS = 30.0

app = Celery("parley")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_default_queue=settings.REDIS_PREFIX,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # No long ETAs anywhere: whatever is due later is a column and a sweep. So a task that is not acknowledged
    # within ten minutes belongs to a dead worker, and is handed out again; running it twice does no harm.
    broker_transport_options={
        "visibility_timeout": 600,
        "socket_timeout": 10,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 5,
        "unacked_key": f"{settings.REDIS_PREFIX}.unacked",
        "unacked_index_key": f"{settings.REDIS_PREFIX}.unacked_index",
        "unacked_mutex_key": f"{settings.REDIS_PREFIX}.unacked_mutex",
    },
    beat_schedule_filename=str(settings.DATA_DIR / "run" / "beat-schedule"),
    beat_schedule={
        "alive": {"task": "config.tasks.beat_alive", "schedule": 5.0, "options": {"expires": 10}},
        "prune-outbox": {"task": "config.tasks.prune_outbox", "schedule": 3600.0},
        "sweep-deliveries": {
            "task": "channels_ext.tasks.sweep_deliveries",
            "schedule": 2.0,
            "options": {"expires": 4},
        },
        "sweep-webhooks": {
            "task": "automation.tasks.sweep_webhooks",
            "schedule": 2.0,
            "options": {"expires": 4},
        },
        "prune-webhooks": {"task": "automation.tasks.prune_webhooks", "schedule": 600.0},
        "fold-tallies": {
            "task": "conversations.tasks.fold_tallies",
            "schedule": 30.0,
            "options": {"expires": 60},
        },
        "wake-snoozed": {
            "task": "conversations.tasks.wake_snoozed",
            "schedule": 10.0,
            "options": {"expires": 20},
        },
        "sweep-files": {
            "task": "config.tasks.sweep_files",
            "schedule": 600.0,
            "options": {"expires": 600},
        },
        "sweep-blobs": {
            "task": "conversations.tasks.sweep_blobs",
            "schedule": 600.0,
            "options": {"expires": 600},
        },
        "make-missing-previews": {
            "task": "conversations.tasks.make_missing_previews",
            "schedule": 300.0,
            "options": {"expires": 300},
        },
        "wake-notifications": {
            "task": "conversations.tasks.wake_notifications",
            "schedule": 30.0,
            "options": {"expires": 60},
        },
        "prune-notifications": {"task": "conversations.tasks.prune_notifications", "schedule": 3600.0},
        "prune-answers": {"task": "accounts.tasks.prune_answers", "schedule": 600.0},
        "write-down-last-uses": {
            "task": "accounts.tasks.write_down_last_uses",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "clear-sessions": {"task": "accounts.tasks.clear_sessions", "schedule": 86400.0},
    },
)
app.autodiscover_tasks()
broker.install()
_started: dict[str, float] = {}


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """Celery configures nothing: Django's LOGGING already has."""


@heartbeat_sent.connect
def _worker_is_alive(**_: Any) -> None:
    alive.sign("worker")


@task_prerun.connect
def _task_started(task_id: str, **_: Any) -> None:
    _started[task_id] = time.monotonic()


@task_postrun.connect
def _task_ended(task_id: str, task: Any, **_: Any) -> None:
    took = time.monotonic() - _started.pop(task_id, time.monotonic())
    if took > SLOW_JOB_SECONDS:
        logger.warning("slow job", extra={"task": task.name, "seconds": round(took, 1)})
