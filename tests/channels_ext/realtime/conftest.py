from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from channels.layers import channel_layers

from channels_ext.realtime.hub import stop_hub
from channels_ext.realtime.publisher import publisher
from tests.channels_ext.realtime.scene import Scene
from tests.factories import Cast


@pytest.fixture(autouse=True)
def own_bus(settings: Any) -> None:
    """Publishing knows no Redis database numbers: every test speaks under a prefix of its own."""
    layer = settings.CHANNEL_LAYERS["default"]
    config = {**layer["CONFIG"], "prefix": f"test{uuid.uuid4().hex[:12]}"}
    settings.CHANNEL_LAYERS = {"default": {**layer, "CONFIG": config}}
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    channel_layers.backends = {}
    publisher._quiet_until = 0.0


@pytest_asyncio.fixture
async def scene(committed_cast: Cast) -> AsyncIterator[Scene]:
    """The cast in a committed database, with a hub of its own."""
    here = Scene(committed_cast)
    yield here
    await here.leave()
    await stop_hub()
