"""/api/v1/notification_subscriptions: browsers and telephones of the person behind the token."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from accounts.actions.subscriptions import subscribe, unsubscribe
from accounts.api import serializers
from accounts.api.base import PersonAPIView, checked
from accounts.shapes import iso
from config.bodies import body_of
from config.problems import Invalid


class NotificationSubscriptions(PersonAPIView):
    @extend_schema(request=serializers.SubscriptionInput, responses=OpenApiTypes.OBJECT)
    def post(self, request: Any) -> Response:
        given = checked(serializers.SubscriptionInput(data=body_of(request, "notification_subscription")))
        row = subscribe(
            person=request.person,
            kind=given["subscription_type"],
            attributes=given["subscription_attributes"],
        )
        shape = {
            "id": row.pk,
            "user_id": row.user_id,
            "subscription_type": row.get_subscription_type_display(),
            "subscription_attributes": row.subscription_attributes,
            "identifier": row.identifier,
            "created_at": iso(row.created_at),
            "updated_at": iso(row.updated_at),
        }
        return Response(shape)

    @extend_schema(parameters=[OpenApiParameter("push_token", str)], responses=OpenApiTypes.NONE)
    def delete(self, request: Any) -> Response:
        token = request.query_params.get("push_token") or body_of(request).get("push_token")
        if not isinstance(token, str) or not token:
            raise Invalid(_("push_token is missing."), attributes=["push_token"])
        unsubscribe(person=request.person, push_token=token)
        return Response()
