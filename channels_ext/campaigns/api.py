"""Campaigns for programs (contract, 3.5 and 5.1). A campaign is named by its number within the account."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts.queries.members import agents_by_user
from channels_ext.inbox_api.queries import inboxes_by_id
from config.bodies import body_of
from config.fields import IdField, JSONObjectField
from config.problems import found
from config.rendering import Input, LongText
from config.schema import ROWS
from conversations import shapes
from conversations.actions import campaigns
from conversations.models import Campaign
from inboxes.api.base import AccountAPIView, values_of
from inboxes.queries.members import find_inbox

LAST_SECOND = 253402300799


@extend_schema_field(OpenApiTypes.STR)
class Moment(serializers.Field):
    """Epoch seconds, or a date with its time in ISO 8601."""

    default_error_messages = {"invalid": _("must be a time")}  # noqa: RUF012 - DRF's own idiom

    def to_internal_value(self, data: Any) -> datetime.datetime:
        text = str(data)
        try:
            if text.isascii() and text.isdigit() and len(text) < 13 and int(text) <= LAST_SECOND:
                return datetime.datetime.fromtimestamp(int(text), datetime.UTC)
            moment = datetime.datetime.fromisoformat(text)
        except ValueError:
            self.fail("invalid")
        return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)

    def to_representation(self, value: Any) -> Any:
        return value


class CampaignChanges(Input):
    title = serializers.CharField(required=False, max_length=255)
    message = LongText(required=False, max_length=20_000, trim_whitespace=False)
    description = LongText(required=False, allow_blank=True, allow_null=True, max_length=20_000)
    inbox_id = IdField(required=False)
    sender_id = IdField(required=False, allow_null=True)
    enabled = serializers.BooleanField(required=False)
    trigger_rules = JSONObjectField(required=False)
    trigger_only_during_business_hours = serializers.BooleanField(required=False)
    audience = serializers.ListField(child=JSONObjectField(), required=False, max_length=1000)
    scheduled_at = Moment(required=False, allow_null=True)
    template_params = JSONObjectField(required=False, allow_null=True)

    def values(self) -> dict[str, Any]:
        given = dict(self.validated_data)
        if given.get("sender_id") is not None and given["sender_id"] < 1:
            given["sender_id"] = None  # "nobody", as existing clients say it
        return {**given, **({"description": given["description"] or ""} if "description" in given else {})}


class NewCampaign(CampaignChanges):
    title = serializers.CharField(max_length=255)
    message = LongText(max_length=20_000, trim_whitespace=False)
    inbox_id = IdField()


def shown(access: Any, rows: Iterable[Campaign]) -> list[dict[str, Any]]:
    loaded = list(rows)
    inboxes = inboxes_by_id(access, {row.inbox_id for row in loaded})
    senders = agents_by_user(access.account_id, {row.sender_id for row in loaded if row.sender_id})
    return [_shape(row, inboxes[row.inbox_id], senders.get(row.sender_id or 0)) for row in loaded]


def _shape(row: Campaign, inbox: dict[str, Any], sender: dict[str, Any] | None) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": row.display_id,
        "title": row.title,
        "description": row.description or None,
        "account_id": row.account_id,
        "inbox": inbox,
        "message": row.message,
        "template_params": row.template_params,
        "campaign_status": row.get_campaign_status_display(),
        "enabled": row.enabled,
        "campaign_type": row.get_campaign_type_display(),
        "trigger_rules": row.trigger_rules,
        "trigger_only_during_business_hours": row.trigger_only_during_business_hours,
        "created_at": shapes.iso(row.created_at),
        "updated_at": shapes.iso(row.updated_at),
    }
    if sender is not None:
        shape["sender"] = sender
    if row.campaign_type == Campaign.Type.ONE_OFF:
        shape |= {"scheduled_at": shapes.ts(row.scheduled_at), "audience": row.audience}
    return shape


def _campaigns(access: Any) -> Any:
    return Campaign.objects.for_account(access.account_id).order_by("display_id")


def _one(access: Any, display_id: int) -> dict[str, Any]:
    return shown(access, [found(_campaigns(access).filter(display_id=display_id).first())])[0]


class CampaignList(AccountAPIView):
    reads = writes = "campaign.manage"

    @extend_schema(responses=ROWS)
    def get(self, request: Any) -> Response:
        return Response(shown(request.access, _campaigns(request.access)))

    @extend_schema(request=NewCampaign, responses=OpenApiTypes.OBJECT)
    def post(self, request: Any) -> Response:
        values = values_of(NewCampaign(data=body_of(request, "campaign")))
        return Response(
            _one(request.access, campaigns.create_campaign(access=request.access, **values).display_id)
        )


@extend_schema(responses=OpenApiTypes.OBJECT)
class CampaignDetail(AccountAPIView):
    reads = writes = "campaign.manage"

    def get(self, request: Any, campaign_id: int) -> Response:
        return Response(_one(request.access, campaign_id))

    @extend_schema(request=CampaignChanges)
    def patch(self, request: Any, campaign_id: int) -> Response:
        values = values_of(CampaignChanges(data=body_of(request, "campaign")))
        campaigns.update_campaign(access=request.access, display_id=campaign_id, **values)
        return Response(_one(request.access, campaign_id))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, campaign_id: int) -> Response:
        campaigns.delete_campaign(access=request.access, display_id=campaign_id)
        return Response()


class CampaignsOfInbox(AccountAPIView):
    reads = "campaign.manage"

    @extend_schema(responses=ROWS)
    def get(self, request: Any, inbox_id: int) -> Response:
        inbox = find_inbox(request.access, inbox_id)
        return Response(shown(request.access, _campaigns(request.access).filter(inbox=inbox)))
