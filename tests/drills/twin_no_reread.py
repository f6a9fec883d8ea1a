"""The broken twin whose hub believes the bus: what Valkey loses is not read again. Must fail the drill."""

from config.settings import *  # noqa: F403

REALTIME_REREAD = False
