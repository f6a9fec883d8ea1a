"""Settings of a server process under test: it listens where the test publishes."""

import os
from typing import Any

from config.settings_test import *  # noqa: F403
from config.settings_test import CHANNEL_LAYERS as _LAYERS

_LAYER: Any = _LAYERS["default"]
CHANNEL_LAYERS = {"default": {**_LAYER, "CONFIG": {**_LAYER["CONFIG"], "prefix": os.environ["BUS_PREFIX"]}}}
TRUSTED_PROXY_COUNT = 1
