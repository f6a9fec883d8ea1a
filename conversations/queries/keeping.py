"""Named reads of what an account keeps at hand, in the contract's shapes (3.5)."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from config.problems import found
from conversations.models import CannedResponse, CustomAttributeDefinition, CustomFilter, Label
from conversations.shapes import Row, iso
from inboxes.queries import Access

ATTRIBUTE_TYPES = tuple(CustomAttributeDefinition.DisplayType.labels)
ATTRIBUTE_MODELS = tuple(CustomAttributeDefinition.Model.labels)
FILTER_TYPES = tuple(CustomFilter.Type.labels)


def label_shape(row: Label) -> Row:
    return {
        "id": row.pk,
        "title": row.title,
        "description": row.description or None,
        "color": row.color,
        "show_on_sidebar": row.show_on_sidebar,
    }


def labels(access: Access) -> list[Row]:
    rows = Label.objects.for_account(access.account_id).order_by("title", "id")
    return [label_shape(row) for row in rows]


def canned_shape(row: CannedResponse) -> Row:
    return {
        "id": row.pk,
        "account_id": row.account_id,
        "short_code": row.short_code,
        "content": row.content,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def canned_responses(access: Access, *, search: str = "") -> list[Row]:
    """By short code; a search finds short codes that begin with it first, then those that have it, then texts."""
    rows = CannedResponse.objects.for_account(access.account_id)
    if search:
        rank = Case(
            When(short_code__istartswith=search, then=Value(0)),
            When(short_code__icontains=search, then=Value(1)),
            default=Value(2),
            output_field=IntegerField(),
        )
        found = Q(short_code__icontains=search) | Q(content__icontains=search)
        rows = rows.filter(found).annotate(rank=rank).order_by("rank", "short_code", "id")
    return [canned_shape(row) for row in rows]


def attribute_shape(row: CustomAttributeDefinition) -> Row:
    return {
        "id": row.pk,
        "attribute_display_name": row.attribute_display_name,
        "attribute_display_type": ATTRIBUTE_TYPES[row.attribute_display_type],
        "attribute_description": row.attribute_description or None,
        "attribute_key": row.attribute_key,
        "regex_pattern": row.regex_pattern or None,
        "regex_cue": row.regex_cue or None,
        "attribute_values": row.attribute_values,
        "attribute_model": ATTRIBUTE_MODELS[row.attribute_model],
        "default_value": row.default_value,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def attributes(access: Access, *, model: int | None = None) -> list[Row]:
    rows = CustomAttributeDefinition.objects.for_account(access.account_id).order_by("id")
    return [attribute_shape(row) for row in (rows if model is None else rows.filter(attribute_model=model))]


def filter_shape(row: CustomFilter) -> Row:
    return {
        "id": row.pk,
        "name": row.name,
        "filter_type": FILTER_TYPES[row.filter_type],
        "query": row.query,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
    }


def own_filters(access: Access) -> QuerySet[CustomFilter]:
    return CustomFilter.objects.for_account(access.account_id).filter(membership_id=access.membership_id)


def filters(access: Access, *, filter_type: int) -> list[Row]:
    return [filter_shape(row) for row in own_filters(access).filter(filter_type=filter_type).order_by("id")]


def find(rows: QuerySet[Any], pk: int) -> Any:
    """Raises NotFound."""
    return found(rows.filter(pk=pk).first())
