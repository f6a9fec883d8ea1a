"""Validation of what comes in. Whether conditions and actions fit is asked by the actions."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from automation.models import Macro
from config.fields import IdField, IdsField, JSONObjectField, JSONValueField
from config.rendering import Input

_VISIBILITIES = [choice.label for choice in Macro.Visibility]


class RuleChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    description = serializers.CharField(required=False, allow_blank=True, max_length=20_000)
    event_name = serializers.CharField(required=False, max_length=64)
    conditions = JSONValueField(required=False)
    actions = JSONValueField(required=False)
    active = serializers.BooleanField(required=False)


class NewRule(RuleChanges):
    name = serializers.CharField(max_length=255)
    event_name = serializers.CharField(max_length=64)


class MacroChanges(Input):
    name = serializers.CharField(required=False, max_length=255)
    visibility = serializers.ChoiceField(choices=_VISIBILITIES, required=False)
    actions = JSONValueField(required=False)

    def values(self) -> dict[str, Any]:
        values = dict(self.validated_data)
        if "visibility" in values:
            values["visibility"] = _VISIBILITIES.index(values["visibility"])
        return values


class NewMacro(MacroChanges):
    name = serializers.CharField(max_length=255)
    actions = JSONValueField()


class MacroRun(Input):
    conversation_ids = IdsField(help_text="numbers of conversations")


class NewHook(Input):
    app_id = serializers.CharField(max_length=64)
    inbox_id = IdField(required=False, allow_null=True)
    status = serializers.BooleanField(required=False)
    settings = JSONValueField(required=False, default=dict)


class HookEvent(Input):
    event = JSONObjectField(help_text="{name, data}")


class HookChanges(Input):
    status = serializers.BooleanField(required=False)
    settings = JSONValueField(required=False)
