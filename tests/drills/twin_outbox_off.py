"""The broken twin without the outbox: what happened is stored, and nobody is told. Must fail the drill."""

from config.settings import *  # noqa: F403

OUTBOX_ENABLED = False
