"""Settings of a server process under test: it listens where the test publishes."""

import os

from config.settings_test import *  # noqa: F403
from config.settings_test import CHANNEL_LAYERS

CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = os.environ["BUS_PREFIX"]
TRUSTED_PROXY_COUNT = 1
