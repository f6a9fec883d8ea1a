"""GET events: the changes feed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.base import checked
from channels_ext.realtime import history
from config.fields import MOST_ID
from config.rendering import Input
from inboxes.api.base import AccountAPIView

PAGE = 100


class EventQuery(Input):
    after = serializers.IntegerField(
        required=False, min_value=0, max_value=MOST_ID, help_text="A number from `meta.next` or `meta.latest`"
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=history.MOST, default=PAGE)


class EventFeed(AccountAPIView):
    """What happened, oldest first, after a number. Ask again with `meta.next`; a page may be empty and have more
    after it. 410 when what followed the number is not kept any more: read the lists anew, go on from `meta.latest`."""

    reads = "conversation.read"

    @extend_schema(parameters=[EventQuery], responses={200: OpenApiTypes.OBJECT, 410: OpenApiTypes.OBJECT})
    def get(self, request: Any) -> Response:
        sent = {name: value for name, value in request.query_params.items() if value != ""}
        given = checked(EventQuery(data=sent))
        found = history.page(access=request.access, after=given.get("after"), limit=given["limit"])
        meta = {"next": found.next, "latest": found.latest, "has_more": found.next < found.latest}
        if found.events is None:
            return gone({**meta, "oldest": found.oldest})
        return Response({"payload": found.events, "meta": meta})


def gone(meta: dict[str, Any]) -> Response:
    text = _(
        "The events after this number are not kept any more. Read the lists that you hold a copy of anew, then go "
        "on with after=%(latest)s."
    ) % {"latest": meta["latest"]}
    return Response({"code": "cursor_gone", "error": text, "message": text, "meta": meta}, status=410)
