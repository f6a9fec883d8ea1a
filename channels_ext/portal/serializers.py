"""Validation of what programs send about help centres."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from channels_ext.portal.shapes import STATUSES
from config.fields import IdField, IdsField, JSONObjectField
from config.rendering import Input, LongText

MOST_TEXT = 20_000
MOST_POSITION = 2**31 - 1


def _text(most: int, **kwargs: Any) -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=most, **kwargs)


def _long() -> LongText:
    return LongText(
        required=False, allow_blank=True, allow_null=True, max_length=MOST_TEXT, trim_whitespace=False
    )


def _position() -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False, allow_null=True, min_value=-MOST_POSITION, max_value=MOST_POSITION
    )


class Status(serializers.ChoiceField):
    """By its name, or by the number that the description of the API has. Validated to the number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=STATUSES, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, int) and not isinstance(data, bool) and 0 <= data < len(STATUSES):
            return data
        if isinstance(data, str) and data in ("0", "1", "2"):
            return int(data)
        return STATUSES.index(super().to_internal_value(data))


class PortalChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    slug = serializers.CharField(required=False, max_length=255)
    custom_domain = _text(255)
    color = _text(16)
    homepage_link = _text(2048)
    page_title = _text(255)
    header_text = _text(MOST_TEXT)
    archived = serializers.BooleanField(required=False)
    config = JSONObjectField(required=False)
    inbox_id = IdField(required=False, allow_null=True)
    blob_id = _text(255, help_text="of an upload: the logo")

    def values(self) -> dict[str, Any]:
        given = dict(self.validated_data)
        if "blob_id" in given:
            given["logo"] = given.pop("blob_id")
        return given


class NewPortal(PortalChanges):
    name = serializers.CharField(max_length=255)
    slug = serializers.CharField(max_length=255)


class Instructions(Input):
    email = serializers.CharField(max_length=254)


class CategoryChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    slug = serializers.CharField(required=False, max_length=255)
    locale = serializers.CharField(required=False, max_length=16)
    description = _long()
    position = _position()
    icon = _text(255)
    parent_category_id = IdField(required=False, allow_null=True)
    associated_category_id = IdField(required=False, allow_null=True)
    related_category_ids = IdsField(required=False)

    def values(self) -> dict[str, Any]:
        given = dict(self.validated_data)
        return {**given, **{name: given[name] or "" for name in ("description", "icon") if name in given}}


class NewCategory(CategoryChanges):
    name = serializers.CharField(max_length=255)
    slug = serializers.CharField(max_length=255)


class ArticleChanges(Input):
    title = serializers.CharField(required=False, max_length=255)
    slug = _text(255)
    content = _long()
    description = _long()
    status = Status(required=False)
    position = _position()
    locale = serializers.CharField(required=False, max_length=16)
    category_id = IdField(required=False, allow_null=True)
    author_id = IdField(required=False)
    associated_article_id = IdField(required=False, allow_null=True)
    meta = JSONObjectField(required=False)

    def values(self) -> dict[str, Any]:
        given = dict(self.validated_data)
        return {**given, **{name: given[name] or "" for name in ("content", "description") if name in given}}


class NewArticle(ArticleChanges):
    title = serializers.CharField(max_length=255)


class ArticleQuery(Input):
    locale = serializers.CharField(required=False, max_length=16)
    query = serializers.CharField(required=False, max_length=500)
    page = serializers.IntegerField(default=1, min_value=1, max_value=10_000)
    category_slug = serializers.CharField(required=False, max_length=255)
    status = Status(required=False)
    author_id = IdField(required=False)


class CategoryQuery(Input):
    locale = serializers.CharField(required=False, max_length=16)


class Positions(Input):
    positions_hash = JSONObjectField()

    def values(self) -> dict[int, int]:
        """Raises ValidationError."""
        given = self.validated_data["positions_hash"]
        try:
            wanted = {int(str(pk)): int(str(place)) for pk, place in given.items()}
        except ValueError:
            wanted = {2**63: 0}
        if any(not 0 < pk < 2**63 or abs(place) > MOST_POSITION for pk, place in wanted.items()):
            raise serializers.ValidationError({"positions_hash": ["must be {id: position}"]})
        return wanted


class PublicQuery(Input):
    query = serializers.CharField(required=False, allow_blank=True, max_length=500)
    sort = serializers.ChoiceField(choices=["views", ""], required=False)
    page = serializers.IntegerField(default=1, min_value=1, max_value=10_000)
    per_page = serializers.IntegerField(default=25, min_value=1, max_value=100)
