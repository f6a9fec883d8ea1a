from __future__ import annotations

from typing import Any

from rest_framework import serializers

from config.fields import JSONObjectField, NamedChoice
from config.rendering import Input
from conversations.queries.keeping import ATTRIBUTE_MODELS, ATTRIBUTE_TYPES, FILTER_TYPES

MOST_TEXT = 20_000


class NamedOrNumbered(NamedChoice):
    """By its name, or by the number that clients know it by too."""

    def to_internal_value(self, data: Any) -> Any:
        text = str(data) if isinstance(data, int | str) and not isinstance(data, bool) else ""
        if text.isascii() and text.isdigit() and int(text[:3]) < len(self.names):
            return int(text[:3])
        return super().to_internal_value(data)


class LabelChanges(Input):
    title = serializers.CharField(required=False, max_length=255)
    description = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=MOST_TEXT
    )
    color = serializers.CharField(required=False, max_length=16)
    show_on_sidebar = serializers.BooleanField(required=False, allow_null=True)


class NewLabel(LabelChanges):
    title = serializers.CharField(max_length=255)


class CannedChanges(Input):
    short_code = serializers.CharField(required=False, max_length=255)
    content = serializers.CharField(required=False, max_length=MOST_TEXT, trim_whitespace=False)


class NewCanned(CannedChanges):
    short_code = serializers.CharField(max_length=255)
    content = serializers.CharField(max_length=MOST_TEXT, trim_whitespace=False)


class AttributeChanges(Input):
    attribute_display_name = serializers.CharField(required=False, max_length=255)
    attribute_display_type = NamedOrNumbered(ATTRIBUTE_TYPES, required=False)
    attribute_description = serializers.CharField(
        required=False, allow_blank=True, allow_null=True, max_length=MOST_TEXT
    )
    attribute_key = serializers.CharField(required=False, max_length=255)
    attribute_values = serializers.ListField(
        child=serializers.CharField(max_length=1000), required=False, max_length=1000
    )
    attribute_model = NamedOrNumbered(ATTRIBUTE_MODELS, required=False)
    default_value = serializers.IntegerField(
        required=False, allow_null=True, min_value=-(2**31), max_value=2**31 - 1
    )
    regex_pattern = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)
    regex_cue = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)

    def values(self) -> dict[str, Any]:
        kept = {"default_value"}
        given = self.validated_data.items()
        return {key: "" if value is None and key not in kept else value for key, value in given}


class NewAttribute(AttributeChanges):
    attribute_display_name = serializers.CharField(max_length=255)
    attribute_key = serializers.CharField(max_length=255)
    attribute_model = NamedOrNumbered(ATTRIBUTE_MODELS)


class AttributeQuery(Input):
    attribute_model = NamedOrNumbered(ATTRIBUTE_MODELS, required=False)


class FilterChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    filter_type = NamedOrNumbered(FILTER_TYPES, required=False)
    query = JSONObjectField(required=False)


class NewFilter(FilterChanges):
    name = serializers.CharField(max_length=255)
    filter_type = NamedOrNumbered(FILTER_TYPES, default="conversation")
    query = JSONObjectField()


class FilterQuery(Input):
    filter_type = NamedOrNumbered(FILTER_TYPES, default="conversation")


class SearchQuery(Input):
    search = serializers.CharField(required=False, allow_blank=True, max_length=255)
