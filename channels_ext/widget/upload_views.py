"""A visitor's file ahead of its message."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from channels_ext.widget.base import WidgetAPIView
from config.bodies import body_of
from config.problems import Forbidden
from conversations.api.blobs import Announcement, announced


@extend_schema(request=Announcement, responses=OpenApiTypes.OBJECT)
class DirectUploads(WidgetAPIView):
    """Send the bytes to `direct_upload.url` by PUT, and then the `signed_id` among the message's attachments."""

    def post(self, request: Any) -> Response:
        self.limit_messages()
        if not self.offers("attachments"):
            raise Forbidden(_("Files cannot be sent here."), code="not_offered")
        return Response(announced(body_of(request, "blob"), account_id=self.account_id))
