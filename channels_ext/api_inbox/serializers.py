from __future__ import annotations

from rest_framework import serializers

from config.fields import JSONObjectField


class Identity(serializers.Serializer):
    identifier = serializers.CharField(required=False, allow_blank=True, max_length=255)
    identifier_hash = serializers.CharField(
        required=False, allow_blank=True, max_length=128, trim_whitespace=False
    )


class PublicContact(Identity):
    source_id = serializers.CharField(required=False, allow_blank=True, max_length=255)
    name = serializers.CharField(required=False, allow_blank=True, max_length=255)
    email = serializers.EmailField(required=False, allow_blank=True, max_length=254)
    phone_number = serializers.RegexField(r"^\+[1-9]\d{1,14}$", required=False, allow_blank=True)
    custom_attributes = JSONObjectField(required=False)


class PublicConversation(serializers.Serializer):
    custom_attributes = JSONObjectField(required=False)


class PublicMessage(serializers.Serializer):
    content = serializers.CharField(required=False, allow_blank=True, allow_null=True, trim_whitespace=False)
    echo_id = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)
    source_id = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=255)


class Typing(serializers.Serializer):
    typing_status = serializers.ChoiceField(choices=("on", "off"))
