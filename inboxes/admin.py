"""Inboxes in the admin. What only one kind of channel has is brought by who knows the channel: an inline and
a way to make its first row, registered here by kind."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import MembersField, changed_members, chosen
from accounts.permissions import can
from accounts.tenant_admin import TenantAdmin, TenantForm, open_scope
from inboxes.actions import inboxes as actions
from inboxes.models import Inbox


@dataclass(frozen=True)
class Channel:
    label: Any
    inline: type[admin.StackedInline]
    open: Callable[[Inbox], object]


CHANNELS: dict[str, Channel] = {}

_SWITCHES = (
    "enable_auto_assignment",
    "enable_email_collect",
    "csat_survey_enabled",
    "allow_messages_after_resolved",
    "lock_to_single_conversation",
)
_GREETING = ("greeting_enabled", "greeting_message")
_HOURS = ("working_hours_enabled", "timezone", "out_of_office_message")
_SENDER = ("sender_name_type", "business_name")
_SETTINGS = ("name", *_SWITCHES, *_GREETING, *_HOURS, *_SENDER)


class ChannelInline(admin.StackedInline):
    """The one settings row of an inbox. Changed by who may manage the inbox, never added or deleted alone."""

    max_num = 1
    extra = 0
    can_delete = False
    form = TenantForm

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        scope = open_scope(request)
        if obj is None or scope.account_id is None:  # asked without the inbox for the rows, which name it
            return True
        return can(scope.authority(scope.account_id), "inbox.manage", obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class InboxForm(TenantForm):
    kind = forms.ChoiceField(
        label=_("Kind"), choices=lambda: [(key, one.label) for key, one in CHANNELS.items()]
    )
    timezone = forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(name, name) for name in sorted(zoneinfo.available_timezones())],
    )
    members = MembersField(_("Members"))
    managers = MembersField(_("Managers who are not administrators"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inbox = self.instance
        if "members" not in self.fields or not inbox.pk:
            return
        self.fields["members"].offer(inbox.account_id)  # type: ignore[attr-defined]
        self.fields["managers"].offer(inbox.account_id)  # type: ignore[attr-defined]
        self.initial["members"] = list(inbox.members.values_list("membership_id", flat=True))
        managers = inbox.grants.filter(permission__codename="manage_inbox").values_list("user_id", flat=True)
        people = self.fields["managers"].queryset  # type: ignore[attr-defined]
        self.initial["managers"] = list(
            people.filter(user_id__in=list(managers)).values_list("pk", flat=True)
        )


@admin.register(Inbox)
class InboxAdmin(TenantAdmin):
    """Made in two steps: name and kind, then everything else."""

    form = InboxForm
    capabilities: ClassVar = {"view": "inbox.read", "add": "inbox.create", "change": "inbox.manage"}
    is_audited = True
    list_display = ("name", "kind", "enable_auto_assignment", "working_hours_enabled", "created_at")
    list_filter = ("kind",)
    search_fields = ("name",)
    ordering = ("name", "pk")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        named = ["account"] if self._names_account(request) else []
        if obj is None:
            return [(None, {"fields": [*named, "name", "kind"]})]
        return [
            (None, {"fields": [*named, "name", "kind", "members", "managers"]}),
            (_("Conversations"), {"fields": _SWITCHES}),
            (_("Greeting"), {"fields": _GREETING}),
            (_("Working hours"), {"fields": _HOURS}),
            (_("Sender"), {"fields": _SENDER}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_readonly_fields(request, obj)
        return (*fields, "kind") if obj else fields

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        channel = CHANNELS.get(obj.kind) if obj else None
        return [channel.inline] if channel else []

    def save_model(self, request: HttpRequest, obj: Inbox, form: Any, change: bool) -> None:
        access = self.authority(request, obj)
        if not change:
            inbox = actions.create_inbox(access=access, name=obj.name, kind=obj.kind)
            CHANNELS[inbox.kind].open(inbox)
            obj.pk, obj._state.adding = inbox.pk, False
        elif values := chosen(form, *_SETTINGS):
            actions.update_inbox(access=access, inbox_id=obj.pk, **values)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change:
            return
        access, inbox = self.authority(request, form.instance), form.instance
        added, removed = changed_members(form, "members")
        if added:
            actions.add_inbox_members(access=access, inbox_id=inbox.pk, user_ids=added)
        if removed:
            actions.remove_inbox_members(access=access, inbox_id=inbox.pk, user_ids=removed)
        if "managers" in form.changed_data:
            managers = [member.user_id for member in form.cleaned_data["managers"]]
            actions.set_inbox_managers(access=access, inbox_id=inbox.pk, user_ids=managers)

    def response_add(self, request: Any, obj: Any, post_url_continue: Any = None) -> Any:
        request.POST = request.POST.copy()
        request.POST["_continue"] = "1"
        return super().response_add(request, obj, post_url_continue)
