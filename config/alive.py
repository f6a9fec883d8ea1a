"""Signs of life of processes that nobody can ask: a file that each touches while it works, for config.probe.

Not the worker.alive of config.tasks, which says that beat, broker and a worker work together.
"""

from __future__ import annotations

import logging

from django.conf import settings

logger = logging.getLogger(__name__)


def sign(part: str) -> None:
    """The "relay" or "worker" of this container is at work. A disk that is full must not stop it."""
    file = settings.DATA_DIR / "run" / f"{part}.sign"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError as error:
        logger.warning("no sign of life could be left", extra={"part": part, "error": str(error)})
