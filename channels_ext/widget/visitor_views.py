"""The visitor themselves: who they are, what the page says of them (contract, api-contract.md 5.3)."""

from __future__ import annotations

import hmac
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from channels_ext import opening
from channels_ext.visitor_api import client_address
from channels_ext.widget import auth, queries, serializers
from channels_ext.widget.base import WidgetAPIView
from config.encryption import signature
from config.problems import NotSignedIn
from config.schema import ROWS
from config.throttling import allow
from conversations.actions.campaigns import trigger_campaign
from conversations.actions.contacts import open_session
from conversations.actions.identity import AnotherPerson, identify_contact
from conversations.actions.own_attributes import remove_contact_attributes
from conversations.shapes import Row

CAMPAIGN_TRIGGERED = "campaign.triggered"


def known(view: WidgetAPIView) -> Row:
    contact = view.visitor.contact
    return {
        "id": contact.pk,
        "has_email": bool(contact.email),
        "has_name": bool(contact.name),
        "has_phone_number": bool(contact.phone_number),
    }


@extend_schema(request=serializers.Identity, responses=OpenApiTypes.OBJECT)
class ContactOfVisit(WidgetAPIView):
    def get(self, request: Any) -> Response:
        return Response({**known(self), "identifier": self.visitor.contact.identifier})

    def patch(self, request: Any) -> Response:
        """Fields of the contact. An identifier is `set_user`'s to say."""
        serializer = serializers.Identity(data=request.data)
        serializer.is_valid(raise_exception=True)
        fields = serializer.fields_of_contact()
        fields.pop("identifier", None)
        identify_contact(session=self.visitor, verified=self.visitor.hmac_verified, **fields)
        return Response(known(self))


@extend_schema(request=serializers.Identity, responses=OpenApiTypes.OBJECT)
class SetUser(WidgetAPIView):
    def patch(self, request: Any) -> Response:
        """Who the page says this is. A visit of somebody else is left alone: then the answer carries the token
        of a new one (`widget_auth_token`)."""
        serializer = serializers.Identity(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        verified = self._proven(given.get("identifier") or "", given.get("identifier_hash") or "")
        fields = serializer.fields_of_contact()
        try:
            identify_contact(session=self.visitor, verified=verified, **fields)
        except AnotherPerson:
            return self._as_somebody_else(request, verified, fields)
        return Response(known(self))

    def _proven(self, identifier: str, given: str) -> bool:
        if not given and not self.widget.hmac_mandatory:
            return False
        expected = signature(auth.hmac_key(self.widget), identifier)
        if not identifier or not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
            text = _("HMAC failed: Invalid Identifier Hash Provided")
            raise NotSignedIn(text, code="invalid_identity")
        return True

    def _as_somebody_else(self, request: Any, verified: bool, fields: Row) -> Response:
        allow("new_visitor", client_address(request))
        self.session = open_session(inbox=self.widget.inbox)
        identify_contact(session=self.session, verified=verified, **fields)
        return Response({**known(self), "widget_auth_token": auth.issue_visitor_token(self.session)})


@extend_schema(request=serializers.Names, responses=OpenApiTypes.OBJECT)
class DestroyContactAttributes(WidgetAPIView):
    def post(self, request: Any) -> Response:
        serializer = serializers.Names(data=request.data)
        serializer.is_valid(raise_exception=True)
        remove_contact_attributes(session=self.visitor, keys=serializer.keys())
        return Response(queries.own_contact(self.visitor))


@extend_schema(request=serializers.EventReport, responses={204: None})
class Events(WidgetAPIView):
    def post(self, request: Any) -> Response:
        """What the page tells: other names than those that mean something here are passed over."""
        serializer = serializers.EventReport(data=request.data)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        number = (given.get("event_info") or {}).get("campaign_id")
        if given["name"] == CAMPAIGN_TRIGGERED and str(number).isascii() and str(number).isdigit():
            self._begin_campaign(int(str(number)[:18]))
        return Response(None, status=204)

    def _begin_campaign(self, display_id: int) -> None:
        self.limit_messages()
        campaign = queries.campaigns_of(self.widget.inbox).filter(display_id=display_id).first()
        if campaign is None:
            return
        inbox = self.widget.inbox
        if not campaign.trigger_only_during_business_hours or opening.is_open(inbox, timezone.now()):
            trigger_campaign(session=self.visitor, display_id=display_id)


@extend_schema(responses=OpenApiTypes.OBJECT)
class Members(WidgetAPIView):
    def get(self, request: Any) -> Response:
        """The faces behind the inbox, and who of them is there."""
        return Response({"payload": queries.faces(self.widget.inbox)})


@extend_schema(responses=ROWS)
class Campaigns(WidgetAPIView):
    needs_session = False

    def get(self, request: Any) -> Response:
        """Those that the page is to watch for, whoever the visitor is."""
        return Response([queries.campaign_shape(row) for row in queries.campaigns_of(self.widget.inbox)])
