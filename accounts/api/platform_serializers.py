from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.api.serializers import BotChanges
from accounts.shapes import ACCOUNT_STATUSES, ROLES
from config.fields import IdField, JSONObjectField, NamedChoice
from config.rendering import Input


class PlatformAccountChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    locale = serializers.CharField(required=False, max_length=16)
    domain = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=100)
    support_email = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=100)
    status = NamedChoice(ACCOUNT_STATUSES, required=False)
    features = JSONObjectField(required=False)
    limits = JSONObjectField(required=False)
    custom_attributes = JSONObjectField(required=False)

    def validate_features(self, value: dict[str, Any]) -> dict[str, Any]:
        if not all(isinstance(one, bool) and len(name) <= 64 for name, one in value.items()):
            raise serializers.ValidationError("must say true or false for each name")
        return value

    def validate_limits(self, value: dict[str, Any]) -> dict[str, Any]:
        numbers = (one for one in value.values() if one is not None)
        if not all(isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in numbers):
            raise serializers.ValidationError("must be numbers from 0 on")
        return {name: one for name, one in value.items() if one is not None}

    def values(self) -> dict[str, Any]:
        return {key: "" if value is None else value for key, value in self.validated_data.items()}


class NewPlatformAccount(PlatformAccountChanges):
    name = serializers.CharField(max_length=255)


class AccountUser(Input):
    user_id = IdField()
    role = NamedChoice(ROLES, default="agent")


class AccountUserId(Input):
    user_id = IdField()


class UserChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    display_name = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)
    email = serializers.CharField(required=False, max_length=254)
    password = serializers.CharField(required=False, max_length=128, trim_whitespace=False)
    custom_attributes = JSONObjectField(required=False)

    def values(self) -> dict[str, Any]:
        return {key: "" if value is None else value for key, value in self.validated_data.items()}


class NewUser(UserChanges):
    email = serializers.CharField(max_length=254)


class NewPlatformBot(BotChanges):
    name = serializers.CharField(max_length=255)
    account_id = IdField(required=False, allow_null=True)
