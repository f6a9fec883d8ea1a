"""The base of every admin page about an account's own things. Used by the account's administrators inside
their account, and by the platform's operators across accounts."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.admin_site import AdminScope, scope_of
from accounts.models import Account, AuditEntry
from accounts.permissions import Authority, account_of, can
from config.admin import CappedPaginator
from config.problems import Problem

MOST_HISTORY = 100


def open_scope(request: HttpRequest) -> AdminScope:
    """Inside the admin's views there always is one."""
    scope = scope_of(request)
    assert scope is not None and scope.is_open
    return scope


class TenantForm(forms.ModelForm):
    """Knows its account before it is validated, and shows why an action refused what was typed."""

    account_id: ClassVar[int | None] = None
    problem: ClassVar[Problem | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding and self.account_id is not None:
            self.instance.account_id = self.account_id

    def clean(self) -> dict[str, Any] | None:
        if self.problem is not None:
            raise forms.ValidationError(self.problem.message)
        return super().clean()

    def _get_validation_exclusions(self) -> set[str]:
        # Not typed, but part of what has to be unique: else a second "vip" ends in an error of the database.
        return super()._get_validation_exclusions() - {"account"}  # type: ignore[misc]


class TenantAdmin(admin.ModelAdmin):
    """`capabilities`: what each deed takes (accounts.permissions); a deed that is not there is nobody's."""

    knows_scope = True
    form = TenantForm
    capabilities: ClassVar[dict[str, str]] = {}
    # How the rows of an account are found, and whether the actions behind save and delete audit by themselves.
    account_lookup: ClassVar[str] = "account_id"
    is_audited: ClassVar[bool] = False

    paginator = CappedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    view_on_site = False
    list_per_page = 50
    object_history_template = "admin/audit_history.html"

    # --- who may ---------------------------------------------------------------------------------------
    def _may(self, request: HttpRequest, deed: str, obj: Any = None) -> bool:
        scope = scope_of(request)
        if scope is None or not scope.is_open or deed not in self.capabilities:
            return False
        if scope.account_id is None:
            return True
        return can(scope.authority(scope.account_id), self.capabilities[deed], obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may(request, "delete", obj)

    def authority(self, request: HttpRequest, obj: Any) -> Authority:
        """Who acts on this object, for the actions."""
        return open_scope(request).authority(account_of(obj))

    # --- what they see ---------------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        account_id = open_scope(request).account_id
        rows = super().get_queryset(request)
        return rows if account_id is None else rows.filter(**{self.account_lookup: account_id})

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = list(super().get_list_display(request))
        return [*columns, "account"] if self._names_account(request) else columns

    def get_list_select_related(self, request: HttpRequest) -> Any:
        joins: Any = super().get_list_select_related(request) or ()
        return (*joins, "account") if self._names_account(request) else joins

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Choices that are rows (inboxes, teams) would be those of all accounts for an operator."""
        names = super().get_list_filter(request)
        if not open_scope(request).is_platform:
            return names
        return [name for name in names if not self.model._meta.get_field(str(name)).is_relation]

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """By the fields of the page only: `?user__password__startswith=` is not a question to answer."""
        asked = lookup.split("__")[0]
        return asked in {*map(str, self.list_filter), "id", "pk"} and super().lookup_allowed(
            lookup, value, request
        )

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = list(super().get_fields(request, obj))
        wanted = self._names_account(request) and "account" not in fields
        return ["account", *fields] if wanted else [f for f in fields if f != "account" or wanted]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = tuple(super().get_readonly_fields(request, obj))
        return (*fields, "account") if obj is not None and self._names_account(request) else fields

    def get_autocomplete_fields(self, request: HttpRequest) -> Any:
        """An operator looks the account up: a list of all of them would be the page."""
        fields = tuple(super().get_autocomplete_fields(request))
        return (*fields, "account") if self._names_account(request) else fields

    def _names_account(self, request: HttpRequest) -> bool:
        return open_scope(request).is_platform and self.account_lookup == "account_id"

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        request.admin_object = obj
        form = super().get_form(request, obj, change, **kwargs)  # a new class: it may carry the request's
        # Django keeps what a form declares even where the page does not show it.
        shown = set(flatten_fieldsets(self.get_fieldsets(request, obj)))
        for name in form.base_fields.keys() - shown:
            del form.base_fields[name]
        form.account_id = open_scope(request).account_id  # type: ignore[attr-defined]
        form.problem = getattr(request, "problem", None)  # type: ignore[attr-defined]
        return form

    def get_field_queryset(self, db: Any, db_field: Any, request: Any) -> Any:
        """Choices of a foreign key: of this account. Of what is global (people) there are none."""
        related = db_field.remote_field.model
        scope = open_scope(request)
        if related is Account and scope.is_platform:
            return related._default_manager.all()
        if not any(field.column == "account_id" for field in related._meta.concrete_fields):
            return related._default_manager.none()
        obj = getattr(request, "admin_object", None)
        account_id = scope.account_id or (account_of(obj) if obj else None)
        ordered = super().get_field_queryset(db, db_field, request)
        rows = related._default_manager.all() if ordered is None else ordered
        return rows if account_id is None else rows.filter(account_id=account_id)

    # --- what they do ----------------------------------------------------------------------------------
    def changeform_view(
        self, request: Any, object_id: Any = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Once more with the reason on top, when an action refuses. Nothing of the first try is kept."""
        try:
            with transaction.atomic():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except Problem as problem:
            request.problem = problem
            response = super().changeform_view(request, object_id, form_url, extra_context)
            response.status_code = problem.status
            return response

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            with transaction.atomic():
                return super().delete_view(request, object_id, extra_context)
        except Problem as problem:
            return self._sorry(request, problem, to="..")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        try:
            with transaction.atomic():
                return super().changelist_view(request, extra_context)
        except Problem as problem:
            return self._sorry(request, problem, to=request.get_full_path())

    def _sorry(self, request: HttpRequest, problem: Problem, *, to: str) -> HttpResponse:
        messages.error(request, problem.message)
        return HttpResponseRedirect(to)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What is named, not everything that hangs on it: that walk loads a team's 100,000 conversations, and
        the database takes care of them."""
        named = [str(obj) for obj in objs]
        lacking = (
            set()
            if all(self.has_delete_permission(request, obj) for obj in objs)
            else {self.opts.verbose_name}
        )
        return named, {str(self.opts.verbose_name_plural): len(named)}, lacking, []

    # --- the log ---------------------------------------------------------------------------------------
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self._log(request, obj, "created", message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        return self._log(request, obj, "updated", message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            self._log(request, obj, "deleted", [])

    def _log(self, request: HttpRequest, obj: Any, deed: str, message: Any) -> None:
        """The audit log, of the row's account; Django's own names no account."""
        if self.is_audited:
            return
        record_audit(
            actor=self.authority(request, obj).actor,
            account_id=account_of(obj),
            action=f"{self.opts.model_name}.{deed}",
            subject=obj,
            changes={"fields": _changed_fields(message)},
        )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        obj = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        entries = AuditEntry.objects.for_account(account_of(obj)).filter(
            subject_type=self.opts.label_lower, subject_id=obj.pk
        )
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %s") % obj,
            "entries": entries[:MOST_HISTORY],
            "object": obj,
            "opts": self.opts,
            "preserved_filters": self.get_preserved_filters(request),
            **(extra_context or {}),
        }
        return TemplateResponse(request, self.object_history_template, context)


def _changed_fields(message: Any) -> list[str]:
    """The names in Django's change message."""
    parts = message if isinstance(message, list) else []
    return sorted({name for part in parts for name in part.get("changed", {}).get("fields", [])})
