"""People and their keys in the admin: for the platform's operators alone. No page shows a secret."""

from __future__ import annotations

from typing import Any, ClassVar

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.actions import people
from accounts.models import AccessToken, AgentBot, DeviceSession, PlatformApp, PlatformAppPermissible, User
from config.admin import CappedPaginator, ReadOnlyAdmin


class PasswordForm(AdminPasswordChangeForm):
    """Through the action, so that the person's sessions, sockets and API token end."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields.pop("usable_password", None)
        for name in ("password1", "password2"):
            self.fields[name].required = True

    def save(self, commit: bool = True) -> User:
        user: Any = self.user
        people.set_password(by=user.operator, user=user, password=self.cleaned_data["password1"])
        return user


class NewUserForm(forms.ModelForm):
    class Meta:
        model = User
        fields = ("email", "name")
        help_texts: ClassVar = {"email": _("They set a password by “Forgot your password?”.")}


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form = forms.ModelForm
    add_form = NewUserForm
    add_form_template = "admin/change_form.html"
    change_password_form = PasswordForm
    fieldsets = (
        (None, {"fields": ("email", "name", "display_name", "locale")}),
        (_("Access"), {"fields": ("is_active", "is_superuser", "last_login", "created_at")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name")}),)
    readonly_fields = ("last_login", "created_at")
    list_display = ("email", "name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("email", "name")
    ordering = ("-id",)
    filter_horizontal = ()
    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        user: Any = super().get_object(request, object_id, from_field)
        if user is not None:
            user.operator = request.user  # PasswordForm gets nothing else
        return user

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Nobody locks themselves out.
        own = ("is_active", "is_superuser") if obj is not None and obj.pk == request.user.pk else ()
        return (*super().get_readonly_fields(request, obj), *own)

    def save_model(self, request: Any, obj: User, form: Any, change: bool) -> None:
        if change:
            values = {name: form.cleaned_data[name] for name in form.changed_data}
            people.change_user(by=request.user, user=obj, **values)
        else:
            obj.pk = people.create_user(by=request.user, email=obj.email, name=obj.name).pk

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Switched off, not deleted: what they wrote stays theirs."""
        return False


@admin.register(AgentBot, PlatformApp, PlatformAppPermissible)
class PlatformThingAdmin(ReadOnlyAdmin):
    list_display = ("id", "__str__")


@admin.register(AccessToken)
class AccessTokenAdmin(ReadOnlyAdmin):
    """Whose there are, never what they say. Deleting one ends it."""

    list_display = (
        "id", "user", "agent_bot", "platform_app", "name", "scopes", "created_at", "last_used_at", "expires_at",
    )  # fmt: skip
    list_select_related = ("user", "agent_bot", "platform_app")
    search_fields = ("user__email", "agent_bot__name", "platform_app__name")
    ordering = ("-id",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # PlatformOnly stands in front


@admin.register(DeviceSession)
class DeviceSessionAdmin(ReadOnlyAdmin):
    """Who is signed in with what. Deleting one signs it out."""

    list_display = ("id", "user", "device", "created_at", "last_used_at", "expires_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "device")
    ordering = ("-id",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # PlatformOnly stands in front


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    """Whose addresses were confirmed. They are changed with their user, or by the person."""

    list_display = ("email", "user", "primary", "verified")
    list_select_related = ("user",)
    list_filter = ("verified",)
    search_fields = ("email", "user__email")
    ordering = ("-id",)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors. Deleting one is the way back in for who lost theirs; its secret is shown to nobody."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__email",)
    fields = ("user", "type", "created_at", "last_used_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Authenticator]:
        return super().get_queryset(request).select_related("user").defer("data")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # PlatformOnly stands in front
