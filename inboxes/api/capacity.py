"""Capacity policies for programs (contract, data-model 3)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from config.bodies import body_of
from config.fields import IdField
from config.rendering import Input, LongText
from config.schema import ROWS
from inboxes.actions import capacity
from inboxes.api.base import AccountAPIView, checked, values_of
from inboxes.queries import capacity as queries


class ExclusionRules(Input):
    excluded_labels = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, max_length=100
    )
    exclude_older_than_hours = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=10**6
    )


class CapacityChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    description = LongText(required=False, allow_blank=True, allow_null=True, max_length=20_000)
    exclusion_rules = ExclusionRules(required=False)

    def values(self) -> dict[str, Any]:
        given = dict(self.validated_data)
        return {**given, **({"description": given["description"] or ""} if "description" in given else {})}


class NewCapacity(CapacityChanges):
    name = serializers.CharField(max_length=255)


class CapacityUser(Input):
    user_id = IdField()


class LimitChanges(Input):
    conversation_limit = serializers.IntegerField(min_value=1, max_value=100_000)


class NewLimit(LimitChanges):
    inbox_id = IdField()


class CapacityList(AccountAPIView):
    reads = writes = "assignment.manage"

    @extend_schema(responses=ROWS)
    def get(self, request: Any) -> Response:
        return Response(queries.policies(request.access.account_id))

    @extend_schema(request=NewCapacity, responses=OpenApiTypes.OBJECT)
    def post(self, request: Any) -> Response:
        values = values_of(NewCapacity(data=body_of(request, "agent_capacity_policy")))
        row = capacity.create_capacity_policy(access=request.access, **values)
        return Response(queries.policy(row.account_id, row.pk))


@extend_schema(responses=OpenApiTypes.OBJECT)
class CapacityDetail(AccountAPIView):
    reads = writes = "assignment.manage"

    def get(self, request: Any, capacity_id: int) -> Response:
        return Response(queries.policy(request.access.account_id, capacity_id))

    @extend_schema(request=CapacityChanges)
    def patch(self, request: Any, capacity_id: int) -> Response:
        values = values_of(CapacityChanges(data=body_of(request, "agent_capacity_policy")))
        row = capacity.update_capacity_policy(access=request.access, policy_id=capacity_id, **values)
        return Response(queries.policy(row.account_id, row.pk))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, capacity_id: int) -> Response:
        capacity.delete_capacity_policy(access=request.access, policy_id=capacity_id)
        return Response()


class CapacityUsers(AccountAPIView):
    reads = writes = "assignment.manage"

    @extend_schema(responses=ROWS)
    def get(self, request: Any, capacity_id: int) -> Response:
        return Response(queries.agents_of_policy(request.access.account_id, capacity_id))

    @extend_schema(request=CapacityUser, responses=ROWS)
    def post(self, request: Any, capacity_id: int) -> Response:
        user_id = checked(CapacityUser(data=body_of(request)))["user_id"]
        capacity.give_capacity_policy(access=request.access, policy_id=capacity_id, user_id=user_id)
        return Response(queries.agents_of_policy(request.access.account_id, capacity_id))


@extend_schema(responses=OpenApiTypes.NONE)
class CapacityUserDetail(AccountAPIView):
    writes = "assignment.manage"

    def delete(self, request: Any, capacity_id: int, user_id: int) -> Response:
        capacity.take_capacity_policy(access=request.access, policy_id=capacity_id, user_id=user_id)
        return Response()


@extend_schema(responses=OpenApiTypes.OBJECT)
class CapacityLimits(AccountAPIView):
    writes = "assignment.manage"

    @extend_schema(request=NewLimit)
    def post(self, request: Any, capacity_id: int) -> Response:
        given = checked(NewLimit(data=body_of(request, "inbox_limit")))
        row = capacity.add_limit(access=request.access, policy_id=capacity_id, **given)
        return Response(queries.limit_shape(row))


@extend_schema(responses=OpenApiTypes.OBJECT)
class CapacityLimitDetail(AccountAPIView):
    writes = "assignment.manage"

    @extend_schema(request=LimitChanges)
    def patch(self, request: Any, capacity_id: int, limit_id: int) -> Response:
        given = checked(LimitChanges(data=body_of(request, "inbox_limit")))
        row = capacity.change_limit(access=request.access, policy_id=capacity_id, limit_id=limit_id, **given)
        return Response(queries.limit_shape(row))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, capacity_id: int, limit_id: int) -> Response:
        capacity.remove_limit(access=request.access, policy_id=capacity_id, limit_id=limit_id)
        return Response()
