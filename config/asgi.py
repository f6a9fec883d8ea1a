"""The ASGI application: http by the bridge to Django's WSGI handler, sockets to the realtime consumers."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.serving.bridge import Bridge

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
http = Bridge(get_wsgi_application(), max_body=settings.MAX_REQUEST_BYTES)

# After get_wsgi_application, which sets Django up: the consumers import models.
from channels_ext.realtime.routing import websocket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_urlpatterns)})
