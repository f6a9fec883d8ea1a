"""Contacts who are here right now: only the edge knows."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from channels_ext.realtime import presence
from conversations.api.contact_input import ContactQuery
from conversations.api.contact_views import contact_page, page_answer
from inboxes.api.base import AccountAPIView


@extend_schema(parameters=[ContactQuery], responses=OpenApiTypes.OBJECT)
class ActiveContacts(AccountAPIView):
    reads = "contact.read"

    def get(self, request: Any) -> Response:
        here = tuple(sorted(presence.online_contacts(self.account_id)))
        answer = page_answer(request, contact_page(request, q="", ids=here, anybody=True))
        for contact in answer.data["payload"]:
            contact["availability_status"] = "online"
        return answer
