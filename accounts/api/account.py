"""The account itself, and what is kept beside it: settings of notifications, dashboard apps, the audit log."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts import shapes
from accounts.actions import dashboard_apps, members
from accounts.actions.accounts import update_account
from accounts.api import serializers
from accounts.api.base import AccountAPIView, OwnAccountView, checked
from accounts.cache_keys import cache_keys
from accounts.models import Account, User
from accounts.queries import account_things as queries
from accounts.queries.audit import audit_page
from config.bodies import body_of, required_body
from config.schema import ROWS


@extend_schema(responses=OpenApiTypes.OBJECT)
class AccountDetail(OwnAccountView):
    writes = "account.update"

    def get(self, request: Any) -> Response:
        row = Account.objects.get(pk=request.access.account_id)
        return Response({**queries.account(row), "latest_chatwoot_version": None})

    @extend_schema(request=serializers.AccountChanges)
    def patch(self, request: Any) -> Response:
        given = checked(serializers.AccountChanges(data=body_of(request)))
        values = {key: "" if given[key] is None else given[key] for key in _FIELDS if key in given}
        for field, keys in _MERGED.items():
            merged = {key: given[key] for key in keys if key in given}
            if merged:
                values[field] = merged
        return Response(queries.account(update_account(access=request.access, **values)))

    put = patch


_FIELDS = ("name", "locale", "domain", "support_email")
_MERGED = {
    "custom_attributes": serializers.AccountChanges.ATTRIBUTES,
    "settings": serializers.AccountChanges.SETTINGS,
}


@extend_schema(responses=OpenApiTypes.OBJECT)
class CacheKeys(OwnAccountView):
    def get(self, request: Any) -> Response:
        response = Response({"cache_keys": cache_keys(request.access.account_id)})
        response["Cache-Control"] = "private, max-age=10"
        return response


@extend_schema(request=None, responses=OpenApiTypes.NONE)
class UpdateActiveAt(OwnAccountView):
    def post(self, request: Any) -> Response:
        members.use_account(user=User(pk=request.access.user_id), account_id=request.access.account_id)
        return Response()


@extend_schema(responses=OpenApiTypes.OBJECT)
class NotificationSettings(AccountAPIView):
    def get(self, request: Any) -> Response:
        return Response(shapes.notification_settings(queries.own_membership(request.access)))

    @extend_schema(request=serializers.NotificationSettingsInput)
    def patch(self, request: Any) -> Response:
        body = required_body(request, "notification_settings")
        given = checked(serializers.NotificationFlags(data=body))
        member = members.choose_notifications(
            access=request.access,
            email=_kinds(given.get("selected_email_flags")),
            push=_kinds(given.get("selected_push_flags")),
        )
        return Response(shapes.notification_settings(member))

    put = patch


def _kinds(flags: list[str] | None) -> list[str] | None:
    """["email_conversation_mention"] → ["conversation_mention"]"""
    return None if flags is None else [flag.split("_", 1)[1] for flag in flags]


@extend_schema(responses=OpenApiTypes.OBJECT)
class DashboardAppList(AccountAPIView):
    writes = "dashboard_app.manage"

    @extend_schema(responses=ROWS)
    def get(self, request: Any) -> Response:
        return Response(queries.dashboard_apps(request.access))

    @extend_schema(request=serializers.NewDashboardApp)
    def post(self, request: Any) -> Response:
        given = checked(serializers.NewDashboardApp(data=body_of(request, "dashboard_app")))
        row = dashboard_apps.create_dashboard_app(access=request.access, **given)
        return Response(shapes.dashboard_app(row))


@extend_schema(responses=OpenApiTypes.OBJECT)
class DashboardAppDetail(AccountAPIView):
    writes = "dashboard_app.manage"

    def get(self, request: Any, app_id: int) -> Response:
        return Response(shapes.dashboard_app(queries.find_dashboard_app(request.access, app_id)))

    @extend_schema(request=serializers.DashboardAppChanges)
    def patch(self, request: Any, app_id: int) -> Response:
        given = checked(serializers.DashboardAppChanges(data=body_of(request, "dashboard_app")))
        row = dashboard_apps.update_dashboard_app(access=request.access, app_id=app_id, **given)
        return Response(shapes.dashboard_app(row))

    put = patch

    @extend_schema(responses={204: None})
    def delete(self, request: Any, app_id: int) -> Response:
        dashboard_apps.delete_dashboard_app(access=request.access, app_id=app_id)
        return Response(status=204)


@extend_schema(responses=OpenApiTypes.OBJECT)
class AuditLogs(AccountAPIView):
    reads = "audit.read"

    @extend_schema(parameters=[serializers.PageInput])
    def get(self, request: Any) -> Response:
        given = {"page": request.query_params["page"]} if request.query_params.get("page") else {}
        page = checked(serializers.PageInput(data=given))["page"]
        return Response(audit_page(request.access, page=page))
