"""The socket doors. Mounted by config.asgi."""

from __future__ import annotations

from typing import Any

from django.urls import re_path

from channels_ext.realtime.cable import CableConsumer
from channels_ext.realtime.dashboards import DashboardConsumer
from channels_ext.realtime.unknown import UnknownConsumer
from channels_ext.realtime.visitors import VisitorConsumer

websocket_urlpatterns: list[Any] = [
    re_path(r"^cable/?$", CableConsumer.as_asgi()),
    re_path(r"^live/accounts/(?P<account_id>[0-9]{1,18})/?$", DashboardConsumer.as_asgi()),
    re_path(r"^live/widget/?$", VisitorConsumer.as_asgi()),
    # The router raises for a path it does not know, which the server would log as an error of ours.
    re_path(r"", UnknownConsumer.as_asgi()),
]
