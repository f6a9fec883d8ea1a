from __future__ import annotations

from rest_framework import serializers

from config.fields import IdField, IdsField
from config.rendering import Input
from inboxes.models.webhook import SUBSCRIPTIONS


class InboxMembers(Input):
    inbox_id = IdField()
    user_ids = IdsField()


class InboxIds(Input):
    inbox_ids = IdsField(min_length=1)


class InboxBot(Input):
    agent_bot = IdField(allow_null=True)


class WebhookChanges(Input):
    url = serializers.CharField(required=False, max_length=2048)
    name = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)
    inbox_id = IdField(required=False, allow_null=True)
    subscriptions = serializers.ListField(
        child=serializers.ChoiceField(choices=SUBSCRIPTIONS), required=False, min_length=1, max_length=100
    )


class NewWebhook(WebhookChanges):
    url = serializers.CharField(max_length=2048)
