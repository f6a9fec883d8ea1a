"""Assignment policies for programs (contract, 3.5 and 5.1)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from config.bodies import body_of
from config.fields import IdField, NamedChoice
from config.rendering import Input, LongText
from config.schema import ROWS
from inboxes.actions import assignment
from inboxes.api.base import AccountAPIView, checked, values_of
from inboxes.queries import assignment as queries

MOST = 2**31 - 1


class AssignmentPolicyChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    description = LongText(required=False, allow_blank=True, allow_null=True, max_length=20_000)
    assignment_order = NamedChoice(queries.ORDERS, required=False)
    conversation_priority = NamedChoice(queries.PRIORITIES, required=False)
    fair_distribution_limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST)
    fair_distribution_window = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST, help_text="seconds"
    )
    enabled = serializers.BooleanField(required=False)

    def values(self) -> dict[str, Any]:
        given = dict(self.validated_data)
        return {**given, **({"description": given["description"] or ""} if "description" in given else {})}


class NewAssignmentPolicy(AssignmentPolicyChanges):
    name = serializers.CharField(max_length=255)


class PolicyOfInbox(Input):
    assignment_policy_id = IdField()


class AssignmentPolicyList(AccountAPIView):
    reads = writes = "assignment.manage"

    @extend_schema(responses=ROWS)
    def get(self, request: Any) -> Response:
        return Response(queries.policies(request.access.account_id))

    @extend_schema(request=NewAssignmentPolicy, responses=OpenApiTypes.OBJECT)
    def post(self, request: Any) -> Response:
        values = values_of(NewAssignmentPolicy(data=body_of(request, "assignment_policy")))
        row = assignment.create_assignment_policy(access=request.access, **values)
        return Response(queries.policy(row.account_id, row.pk))


@extend_schema(responses=OpenApiTypes.OBJECT)
class AssignmentPolicyDetail(AccountAPIView):
    reads = writes = "assignment.manage"

    def get(self, request: Any, assignment_policy_id: int) -> Response:
        return Response(queries.policy(request.access.account_id, assignment_policy_id))

    @extend_schema(request=AssignmentPolicyChanges)
    def patch(self, request: Any, assignment_policy_id: int) -> Response:
        values = values_of(AssignmentPolicyChanges(data=body_of(request, "assignment_policy")))
        row = assignment.update_assignment_policy(
            access=request.access, policy_id=assignment_policy_id, **values
        )
        return Response(queries.policy(row.account_id, row.pk))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, assignment_policy_id: int) -> Response:
        assignment.delete_assignment_policy(access=request.access, policy_id=assignment_policy_id)
        return Response()


@extend_schema(responses=OpenApiTypes.OBJECT)
class InboxesOfPolicy(AccountAPIView):
    reads = "assignment.manage"

    def get(self, request: Any, assignment_policy_id: int) -> Response:
        account_id = request.access.account_id
        return Response({"inboxes": queries.inboxes_of_policy(account_id, assignment_policy_id)})


@extend_schema(responses=OpenApiTypes.OBJECT)
class AssignmentPolicyOfInbox(AccountAPIView):
    reads = writes = "assignment.manage"

    def get(self, request: Any, inbox_id: int) -> Response:
        return Response(queries.policy_of_inbox(request.access, inbox_id))

    @extend_schema(request=PolicyOfInbox)
    def post(self, request: Any, inbox_id: int) -> Response:
        policy_id = checked(PolicyOfInbox(data=body_of(request)))["assignment_policy_id"]
        row = assignment.follow_assignment_policy(
            access=request.access, inbox_id=inbox_id, policy_id=policy_id
        )
        return Response(queries.policy(row.account_id, row.pk))

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, inbox_id: int) -> Response:
        assignment.leave_assignment_policy(access=request.access, inbox_id=inbox_id)
        return Response()
