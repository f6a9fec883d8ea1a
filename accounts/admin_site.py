"""The Django admin at /admin/, for two kinds of people.

The platform's operators (superusers) see everything, across accounts. An account's administrators choose one
of their accounts and see what belongs to it: their whole request, rendering included, runs inside that
account's scope, so that the database itself would refuse the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from accounts.models import AuditEntry
from accounts.permissions import Authority
from accounts.queries.accounts import AdministeredAccount, administered_accounts
from accounts.views.errors import error_page
from accounts.views.home import FORGET
from config import context
from config.database import account_scope, platform_scope

SESSION_KEY = "admin_account_id"


@dataclass(frozen=True)
class AdminScope:
    """What a request of the admin may reach: the platform, or one account of `choices`, or nothing until one
    of them is chosen."""

    user_id: int
    user_name: str
    is_platform: bool = False
    account: AdministeredAccount | None = None
    choices: tuple[AdministeredAccount, ...] = field(default=())

    @property
    def is_open(self) -> bool:
        return self.is_platform or self.account is not None

    @property
    def account_id(self) -> int | None:
        return self.account.id if self.account else None

    def authority(self, account_id: int) -> Authority:
        """Who acts, for actions on rows of this account. The platform's operator has no membership in it."""
        member = self.account if self.account and self.account.id == account_id else None
        if member is None and not self.is_platform:
            raise AssertionError("the admin acts outside of its scope")
        return Authority(
            account_id=account_id,
            user_id=self.user_id,
            user_name=self.user_name,
            membership_id=member.membership_id if member else None,
        )

    @contextmanager
    def entered(self) -> Iterator[None]:
        if self.account is None:
            with platform_scope("operators of the platform manage all accounts in the admin"):
                yield
            return
        context.note(account_id=self.account.id)
        with account_scope(self.account.id):
            yield


def scope_of(request: Any) -> AdminScope | None:
    """Looked up once per request. None: no business in the admin."""
    if not hasattr(request, "admin_scope"):
        request.admin_scope = _find_scope(request)
    return request.admin_scope


def _find_scope(request: Any) -> AdminScope | None:
    user = request.user
    if not (user.is_authenticated and user.is_active):
        return None
    if user.is_superuser:
        return AdminScope(user.pk, user.available_name, is_platform=True)
    choices = administered_accounts(user)
    if not choices:
        return None
    chosen = request.session.get(SESSION_KEY)
    # Asked anew every time: a role that was taken away has no use of an old choice.
    account = next((choice for choice in choices if choice.id == chosen), None)
    if account is None and len(choices) == 1:
        account = choices[0]
    return AdminScope(user.pk, user.available_name, account=account, choices=choices)


class PlatformOnly:
    """In front of every ModelAdmin that does not know about accounts, other apps' included."""

    knows_scope = True

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_platform(request) and super().has_module_permission(request)  # type: ignore[misc]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_platform(request) and super().has_view_permission(request, obj)  # type: ignore[misc]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_platform(request) and super().has_add_permission(request)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_platform(request) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_platform(request) and super().has_delete_permission(request, obj)  # type: ignore[misc]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        # Django looks for the object first, and so tells anybody which numbers exist.
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)  # type: ignore[misc]


def _is_platform(request: HttpRequest) -> bool:
    scope = scope_of(request)
    return scope is not None and scope.is_platform


class ParleyAdminSite(admin.AdminSite):
    site_header = "Parley"
    site_title = "Parley"
    site_url = "/app/"
    index_title = gettext_lazy("Administration")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Closed to accounts' administrators unless it is a TenantAdmin, whoever registers it. Our apps come
        first: what they registered stays, when its own app registers it again."""
        is_one = isinstance(model_or_iterable, ModelBase)
        models: list[Any] = [model_or_iterable] if is_one else list(model_or_iterable)
        admin_class = admin_class or admin.ModelAdmin
        if not getattr(admin_class, "knows_scope", False):
            doc = {"__doc__": admin_class.__doc__}
            admin_class = type(admin_class.__name__, (PlatformOnly, admin_class), doc)
        super().register([model for model in models if not self.is_registered(model)], admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        scope = scope_of(request)
        return scope is not None and scope.is_open

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        def at_the_edge(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return self._turned_away(request) or _inside(inner, request, args, kwargs)

        return update_wrapper(at_the_edge, inner)

    def _turned_away(self, request: HttpRequest) -> HttpResponse | None:
        """The answer for who has nothing to do here, or has to choose an account first."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        scope = scope_of(request)
        if scope is None:
            return _refused(request)
        if not scope.is_open:
            return redirect_to_login(request.get_full_path(), reverse("admin:choose_account"))
        return None

    def get_urls(self) -> list[Any]:
        # Django's shortcut to any object of any model by number is an oracle: it goes.
        kept = [url for url in super().get_urls() if getattr(url, "name", None) != "view_on_site"]
        own = [
            path("logout/", self.logout, name="logout"),
            path("account/", self.choose_account, name="choose_account"),
        ]
        return own + kept

    def each_context(self, request: Any) -> dict[str, Any]:
        return {**super().each_context(request), "admin_scope": scope_of(request)}

    def get_log_entries(self, request: HttpRequest) -> QuerySet[LogEntry]:
        """Django's own log names no account. It is the operators'; accounts have the audit log."""
        entries = super().get_log_entries(request)
        return entries if _is_platform(request) else entries.none()

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        scope = scope_of(request)
        audit = AuditEntry.objects.for_account(scope.account_id)[:10] if scope and scope.account_id else ()
        return super().index(request, {**(extra_context or {}), "audit_entries": audit})

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one sign-in, with its second factor and its limits."""
        return redirect_to_login(_local(request.GET.get("next")), settings.LOGIN_URL)

    @method_decorator(csrf_protect)
    @method_decorator(require_POST)
    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        logout(request)
        response = redirect(settings.LOGIN_URL)
        response["Clear-Site-Data"] = FORGET
        return response

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return redirect("account_change_password")

    password_change_done = password_change

    @method_decorator(csrf_protect)
    @method_decorator(never_cache)
    def choose_account(self, request: HttpRequest) -> HttpResponse:
        """Which account the session is about. Once, or again by the link in the header."""
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
        scope = scope_of(request)
        if scope is None:
            return _refused(request)
        if scope.is_platform:
            return redirect("admin:index")
        if request.method == "POST":
            return _remember(request, scope)
        context = {
            **self.each_context(request),
            "title": _("Choose an account"),
            "is_nav_sidebar_enabled": False,
            "next": _local(request.GET.get("next")),
        }
        return TemplateResponse(request, "admin/choose_account.html", context)


def _inside(
    view: Callable[..., HttpResponseBase], request: HttpRequest, args: Any, kwargs: Any
) -> HttpResponseBase:
    """The view and its rendering in one transaction of the scope; an answer of 400 or above wrote nothing."""
    scope = scope_of(request)
    assert scope is not None and scope.is_open
    with scope.entered():
        response = view(request, *args, **kwargs)
        if isinstance(response, TemplateResponse):
            response.render()
        if response.status_code >= 400:
            transaction.set_rollback(True)
    return response


def _remember(request: HttpRequest, scope: AdminScope) -> HttpResponse:
    chosen = request.POST.get("account_id", "")
    account = next((choice for choice in scope.choices if str(choice.id) == chosen), None)
    if account is None:
        return error_page(request, 404, _("There is nothing here, or it is not yours to see."))
    request.session.cycle_key()
    request.session[SESSION_KEY] = account.id
    return redirect(_local(request.POST.get("next")))


def _refused(request: HttpRequest) -> HttpResponse:
    return error_page(request, 403, _("Only administrators of an account work here."))


def _local(url: str | None) -> str:
    """A path of the admin, whatever was asked for."""
    index = reverse("admin:index")
    is_ours = bool(url) and str(url).startswith(index) and url_has_allowed_host_and_scheme(url, None)
    return str(url) if is_ours else index
