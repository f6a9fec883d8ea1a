"""Labels, canned responses, definitions of custom attributes and a member's own filters (contract, 3.5)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from config.bodies import body_of
from config.schema import ROWS
from conversations.actions import account_labels as labels
from conversations.actions import keeping
from conversations.api import keeping_serializers as serializers
from conversations.models import CustomAttributeDefinition, Label
from conversations.queries import keeping as queries
from inboxes.api.base import AccountAPIView, checked


def _query(request: Any) -> dict[str, Any]:
    return {key: value for key, value in request.query_params.items() if value != ""}


def _texts(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "description": given["description"] or ""} if "description" in given else given


@extend_schema(responses=OpenApiTypes.OBJECT)
class LabelList(AccountAPIView):
    reads = "label.read"
    writes = "label.manage"

    def get(self, request: Any) -> Response:
        return Response({"payload": queries.labels(request.access)})

    @extend_schema(request=serializers.NewLabel)
    def post(self, request: Any) -> Response:
        given = _texts(checked(serializers.NewLabel(data=body_of(request, "label"))))
        return Response(queries.label_shape(labels.create_label(access=request.access, **given)))


@extend_schema(responses=OpenApiTypes.OBJECT)
class LabelDetail(AccountAPIView):
    reads = writes = "label.manage"

    def get(self, request: Any, label_id: int) -> Response:
        rows = Label.objects.for_account(request.access.account_id)
        return Response(queries.label_shape(queries.find(rows, label_id)))

    @extend_schema(request=serializers.LabelChanges)
    def patch(self, request: Any, label_id: int) -> Response:
        given = _texts(checked(serializers.LabelChanges(data=body_of(request, "label"))))
        row = labels.update_label(access=request.access, label_id=label_id, **given)
        return Response(queries.label_shape(row))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, label_id: int) -> Response:
        labels.delete_label(access=request.access, label_id=label_id)
        return Response()


@extend_schema(responses=OpenApiTypes.OBJECT)
class CannedList(AccountAPIView):
    reads = "canned.read"
    writes = "canned.manage"

    @extend_schema(parameters=[serializers.SearchQuery], responses=ROWS)
    def get(self, request: Any) -> Response:
        given = checked(serializers.SearchQuery(data=_query(request)))
        return Response(queries.canned_responses(request.access, search=given.get("search", "")))

    @extend_schema(request=serializers.NewCanned)
    def post(self, request: Any) -> Response:
        given = checked(serializers.NewCanned(data=body_of(request, "canned_response")))
        return Response(queries.canned_shape(keeping.create_canned(access=request.access, **given)))


@extend_schema(responses=OpenApiTypes.OBJECT)
class CannedDetail(AccountAPIView):
    reads = "canned.read"
    writes = "canned.manage"

    @extend_schema(request=serializers.CannedChanges)
    def patch(self, request: Any, canned_id: int) -> Response:
        given = checked(serializers.CannedChanges(data=body_of(request, "canned_response")))
        row = keeping.update_canned(access=request.access, canned_id=canned_id, **given)
        return Response(queries.canned_shape(row))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, canned_id: int) -> Response:
        keeping.delete_canned(access=request.access, canned_id=canned_id)
        return Response()


ATTRIBUTE_ROOT = "custom_attribute_definition"


@extend_schema(responses=OpenApiTypes.OBJECT)
class AttributeList(AccountAPIView):
    reads = "attribute.read"
    writes = "attribute.manage"

    @extend_schema(parameters=[serializers.AttributeQuery], responses=ROWS)
    def get(self, request: Any) -> Response:
        given = checked(serializers.AttributeQuery(data=_query(request)))
        return Response(queries.attributes(request.access, model=given.get("attribute_model")))

    @extend_schema(request=serializers.NewAttribute)
    def post(self, request: Any) -> Response:
        serializer = serializers.NewAttribute(data=body_of(request, ATTRIBUTE_ROOT))
        serializer.is_valid(raise_exception=True)
        row = keeping.create_attribute(access=request.access, **serializer.values())
        return Response(queries.attribute_shape(row))


@extend_schema(responses=OpenApiTypes.OBJECT)
class AttributeDetail(AccountAPIView):
    reads = "attribute.read"
    writes = "attribute.manage"

    def get(self, request: Any, definition_id: int) -> Response:
        rows = CustomAttributeDefinition.objects.for_account(request.access.account_id)
        return Response(queries.attribute_shape(queries.find(rows, definition_id)))

    @extend_schema(request=serializers.AttributeChanges)
    def patch(self, request: Any, definition_id: int) -> Response:
        serializer = serializers.AttributeChanges(data=body_of(request, ATTRIBUTE_ROOT))
        serializer.is_valid(raise_exception=True)
        row = keeping.update_attribute(
            access=request.access, definition_id=definition_id, **serializer.values()
        )
        return Response(queries.attribute_shape(row))

    put = patch

    @extend_schema(responses={204: None})
    def delete(self, request: Any, definition_id: int) -> Response:
        keeping.delete_attribute(access=request.access, definition_id=definition_id)
        return Response(status=204)


@extend_schema(responses=OpenApiTypes.OBJECT)
class FilterList(AccountAPIView):
    @extend_schema(parameters=[serializers.FilterQuery], responses=ROWS)
    def get(self, request: Any) -> Response:
        given = checked(serializers.FilterQuery(data=_query(request)))
        return Response(queries.filters(request.access, filter_type=_number(given["filter_type"])))

    @extend_schema(request=serializers.NewFilter)
    def post(self, request: Any) -> Response:
        given = checked(serializers.NewFilter(data=body_of(request, "custom_filter")))
        given["filter_type"] = _number(given["filter_type"])
        return Response(queries.filter_shape(keeping.create_filter(access=request.access, **given)))


def _number(kind: Any) -> int:
    """A default is not validated, and so still the name."""
    return queries.FILTER_TYPES.index(kind) if isinstance(kind, str) else int(kind)


@extend_schema(responses=OpenApiTypes.OBJECT)
class FilterDetail(AccountAPIView):
    def get(self, request: Any, filter_id: int) -> Response:
        return Response(queries.filter_shape(queries.find(queries.own_filters(request.access), filter_id)))

    @extend_schema(request=serializers.FilterChanges)
    def patch(self, request: Any, filter_id: int) -> Response:
        given = checked(serializers.FilterChanges(data=body_of(request, "custom_filter")))
        row = keeping.update_filter(access=request.access, filter_id=filter_id, **given)
        return Response(queries.filter_shape(row))

    put = patch

    @extend_schema(responses={204: None})
    def delete(self, request: Any, filter_id: int) -> Response:
        keeping.delete_filter(access=request.access, filter_id=filter_id)
        return Response(status=204)
