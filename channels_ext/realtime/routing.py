"""The socket doors. Mounted by config.asgi."""

from __future__ import annotations

from typing import Any

from django.urls import re_path

from channels_ext.realtime.cable import CableConsumer
from channels_ext.realtime.dashboards import DashboardConsumer
from channels_ext.realtime.unknown import UnknownConsumer
from channels_ext.realtime.visitors import VisitorConsumer

_DOORS: list[tuple[str, Any]] = [
    (r"^cable/?$", CableConsumer),
    (r"^live/accounts/(?P<account_id>[0-9]{1,18})/?$", DashboardConsumer),
    (r"^live/widget/?$", VisitorConsumer),
    # The router raises for a path it does not know, which the server would log as an error of ours.
    (r"", UnknownConsumer),
]
websocket_urlpatterns = [re_path(path, door.as_asgi()) for path, door in _DOORS]
