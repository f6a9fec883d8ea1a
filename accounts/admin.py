"""People and accounts in the admin. An account's administrators get memberships, teams, the account itself and
its audit log; users, tokens and second factors are the operators' alone."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import FilteredSelectMultiple
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

from accounts.actions import accounts as account_actions
from accounts.actions import members, teams
from accounts.models import (
    Account,
    AuditEntry,
    Membership,
    Team,
)
from accounts.operator_admin import UserAdmin  # noqa: F401 - the operators' half registers itself
from accounts.tenant_admin import TenantAdmin, TenantForm, open_scope
from config.filestore import Usage, usage_of


def chosen(form: forms.ModelForm, *names: str) -> dict[str, Any]:
    """What was changed in the form, of these fields."""
    return {name: form.cleaned_data[name] for name in names if name in form.changed_data}


class AccountForm(TenantForm):
    upload_megabytes = forms.IntegerField(
        label=_("Largest file (MB)"),
        required=False,
        min_value=1,
        help_text=_("Empty: as the installation has it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["upload_megabytes"] = self.instance.limits.get("upload_megabytes")


@admin.register(Account)
class AccountAdmin(TenantAdmin):
    """An account's administrators see their own; operators open, suspend and rename all of them."""

    capabilities: ClassVar = {"view": "account.read", "change": "account.update"}
    account_lookup = "pk"
    is_audited = True
    list_display = ("name", "id", "status", "locale", "created_at")
    list_filter = ("status", "locale")
    search_fields = ("name", "=id")
    form = AccountForm
    fields = ("name", "locale", "domain", "support_email", "upload_megabytes", "files", "status")

    @admin.display(description=_("Files"))
    def files(self, account: Account) -> str:
        used = usage_of(account.pk) if account.pk else Usage(0, 0)
        return _("%(count)d files, %(size)s") % {"count": used.files, "size": filesizeformat(used.size)}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return open_scope(request).is_platform

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("files",) if open_scope(request).is_platform and obj else ("files", "status")

    def save_model(self, request: Any, obj: Account, form: Any, change: bool) -> None:
        values = chosen(form, "name", "locale", "domain", "support_email", "upload_megabytes")
        if not change:
            new = account_actions.create_account(
                by=request.user, name=form.cleaned_data["name"], locale=form.cleaned_data["locale"]
            )
            obj.pk = new.pk
            values = {name: value for name, value in values.items() if name not in {"name", "locale"}}
        if values:
            account_actions.update_account(access=self.authority(request, obj), **values)
        if change and "status" in form.changed_data:
            account_actions.change_account_status(by=request.user, account_id=obj.pk, status=obj.status)


class MembersField(forms.ModelMultipleChoiceField):
    """Members of one account, as people know them."""

    def __init__(self, label: Any) -> None:
        super().__init__(
            Membership.objects.none(),
            required=False,
            label=label,
            widget=FilteredSelectMultiple(label, False),
        )

    def offer(self, account_id: int | None) -> None:
        members = Membership.objects.none()
        if account_id is not None:
            members = (
                Membership.objects.for_account(account_id).select_related("user").order_by("user__name", "pk")
            )
        self.queryset = members

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.user.name} ({obj.user.email})"


def changed_members(form: Any, name: str) -> tuple[list[int], list[int]]:
    """User ids to add and to remove."""
    before = {
        member.pk: member.user_id for member in form.fields[name].queryset if member.pk in form.initial[name]
    }
    after = {member.pk: member.user_id for member in form.cleaned_data[name]}
    added = [user_id for pk, user_id in after.items() if pk not in before]
    return added, [user_id for pk, user_id in before.items() if pk not in after]


class InviteForm(TenantForm):
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    name = forms.CharField(
        label=_("Name"),
        max_length=255,
        required=False,
        help_text=_("Somebody who has a user already keeps their own name."),
    )


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    """Invite, change the role, remove. Never the person behind."""

    capabilities: ClassVar = {
        "view": "member.read",
        "add": "member.invite",
        "change": "member.update",
        "delete": "member.remove",
    }
    is_audited = True
    list_display = ("person_name", "person_email", "role", "availability", "active_at")
    list_display_links = ("person_name",)
    list_select_related = ("user",)
    list_filter = ("role", "availability")
    search_fields = ("user__name", "user__email")
    ordering = ("-role", "user__name", "pk")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = ("email", "name", "role") if obj is None else self._shown
        return [*(["account"] if self._names_account(request) else []), *own]

    _shown = (
        "person_name",
        "person_email",
        "role",
        "availability",
        "auto_offline",
        "active_at",
        "inviter_name",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ("person_name", "person_email", "active_at", "inviter_name") if obj else ()
        return (*shown, "account") if obj and self._names_account(request) else shown

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        self_form = InviteForm if obj is None else TenantForm
        return super().get_form(request, obj, change, **{"form": self_form, **kwargs})

    @admin.display(description=_("name"), ordering="user__name")
    def person_name(self, member: Membership) -> str:
        return member.user.name

    @admin.display(description=_("e-mail"), ordering="user__email")
    def person_email(self, member: Membership) -> str:
        return member.user.email

    @admin.display(description=_("invited by"))
    def inviter_name(self, member: Membership) -> str:
        return member.inviter.name if member.inviter else ""

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        access = self.authority(request, obj)
        if not change:
            data = form.cleaned_data
            new = members.invite_member(
                access=access, email=data["email"], name=data["name"], role=data["role"]
            )
            obj.pk, obj.user = new.pk, new.user
            return
        if "role" in form.changed_data:
            members.change_role(access=access, membership_id=obj.pk, role=obj.role)
        if {"availability", "auto_offline"} & set(form.changed_data):
            members.set_availability(
                access=access,
                membership_id=obj.pk,
                availability=obj.availability,
                auto_offline=obj.auto_offline,
            )

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        members.remove_member(access=self.authority(request, obj), membership_id=obj.pk)


class TeamForm(TenantForm):
    members = MembersField(_("Members"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = self.instance
        if "members" not in self.fields:
            return
        self.fields["members"].offer(team.account_id)  # type: ignore[attr-defined]
        of_team = team.team_members.values_list("membership_id", flat=True) if team.pk else ()
        self.initial["members"] = list(of_team)


@admin.register(Team)
class TeamAdmin(TenantAdmin):
    form = TeamForm
    capabilities: ClassVar = {
        "view": "team.read",
        "add": "team.manage",
        "change": "team.manage",
        "delete": "team.manage",
    }
    is_audited = True
    list_display = ("name", "description", "allow_auto_assign")
    search_fields = ("name",)
    ordering = ("name", "pk")
    fields = ("name", "description", "allow_auto_assign", "members")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = super().get_fields(request, obj)
        # Whose members, is known once the account is.
        unknown = obj is None and self._names_account(request)
        return [field for field in fields if not (unknown and field == "members")]

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        access = self.authority(request, obj)
        values = chosen(form, "name", "description", "allow_auto_assign")
        if not change:
            obj.pk = teams.create_team(access=access, **{"name": obj.name, **values}).pk
        elif values:
            teams.update_team(access=access, team_id=obj.pk, **values)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "members" not in form.fields:
            return
        access, team = self.authority(request, form.instance), form.instance
        added, removed = changed_members(form, "members")
        if added:
            teams.add_team_members(access=access, team_id=team.pk, user_ids=added)
        if removed:
            teams.remove_team_members(access=access, team_id=team.pk, user_ids=removed)

    def delete_model(self, request: HttpRequest, obj: Team) -> None:
        teams.delete_team(access=self.authority(request, obj), team_id=obj.pk)


@admin.register(AuditEntry)
class AuditEntryAdmin(TenantAdmin):
    capabilities: ClassVar = {"view": "audit.read"}
    list_display = ("created_at", "actor_name", "action", "subject_type", "subject_id")
    list_filter = ("action",)
    search_fields = ("actor_name", "=subject_id")
    fields = (
        "created_at",
        "actor_kind",
        "actor_name",
        "action",
        "subject_type",
        "subject_id",
        "changes",
        "request_id",
    )
