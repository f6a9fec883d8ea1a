"""Service levels for programs (contract, 3.5)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from config.bodies import body_of
from config.problems import found
from config.rendering import Input, LongText
from conversations.actions import slas
from conversations.models import SlaPolicy
from conversations.queries.slas import policy_shape
from inboxes.api.base import AccountAPIView, values_of

MOST_SECONDS = 10 * 365 * 86_400


def _seconds() -> serializers.FloatField:
    return serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=MOST_SECONDS)


class SlaChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    description = LongText(required=False, allow_blank=True, allow_null=True, max_length=20_000)
    first_response_time_threshold = _seconds()
    next_response_time_threshold = _seconds()
    resolution_time_threshold = _seconds()
    only_during_business_hours = serializers.BooleanField(required=False)

    def values(self) -> dict[str, Any]:
        given = dict(self.validated_data)
        return {**given, **({"description": given["description"] or ""} if "description" in given else {})}


class NewSla(SlaChanges):
    name = serializers.CharField(max_length=255)


@extend_schema(responses=OpenApiTypes.OBJECT)
class SlaList(AccountAPIView):
    reads, writes = "sla.read", "sla.manage"

    def get(self, request: Any) -> Response:
        rows = SlaPolicy.objects.for_account(request.access.account_id)
        return Response({"payload": [policy_shape(row) for row in rows]})

    @extend_schema(request=NewSla)
    def post(self, request: Any) -> Response:
        values = values_of(NewSla(data=body_of(request, "sla_policy")))
        return Response({"payload": policy_shape(slas.create_policy(access=request.access, **values))})


@extend_schema(responses=OpenApiTypes.OBJECT)
class SlaDetail(AccountAPIView):
    reads, writes = "sla.read", "sla.manage"

    def get(self, request: Any, sla_id: int) -> Response:
        rows = SlaPolicy.objects.for_account(request.access.account_id)
        return Response({"payload": policy_shape(found(rows.filter(pk=sla_id).first()))})

    @extend_schema(request=SlaChanges)
    def patch(self, request: Any, sla_id: int) -> Response:
        values = values_of(SlaChanges(data=body_of(request, "sla_policy")))
        row = slas.update_policy(access=request.access, policy_id=sla_id, **values)
        return Response({"payload": policy_shape(row)})

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, sla_id: int) -> Response:
        slas.delete_policy(access=request.access, policy_id=sla_id)
        return Response()
