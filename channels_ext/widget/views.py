"""The widget's frame, and the first call of its API, which both the frame and existing clients speak (contract,
api-contract.md 5.3)."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from channels_ext import opening
from channels_ext.models import WebWidget
from channels_ext.portal.shapes import config_of, public_portal
from channels_ext.visitor_api import client_address
from channels_ext.widget import auth, queries, sites, texts
from channels_ext.widget.base import FEATURES, WidgetAPIView
from config.database import account_scope
from config.problems import Problem
from config.throttling import allow
from conversations import shapes
from conversations.actions.contacts import open_session
from conversations.queries.help_centre import portal_of_inbox
from inboxes import hours


@require_safe
@gzip_page
def frame(request: HttpRequest) -> HttpResponse:
    """The page inside the iframe. Only the sites of the inbox may frame it."""
    try:
        widget = auth.find_widget(request.GET.get("website_token", ""))
    except Problem as problem:
        body = {"code": problem.code, "message": problem.message, "error": problem.message}
        return JsonResponse(body, status=problem.status)
    with translation.override(_language(request.GET.get("locale", ""))):
        found = {"channel": frame_channel(widget), "config": frame_config(widget)}
        response = render(request, "widget/frame.html", found)
    response["Cache-Control"] = "no-cache"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    policy = {
        "frame-ancestors": sites.frame_ancestors(widget.allowed_domains),
        # Pictures on cards lie where the shop keeps them.
        "img-src": [*settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"], *_picture_schemes()],
    }
    framed: Any = csp_replace(policy)(lambda _request: response)
    return framed(request)


def _portal(widget: WebWidget) -> dict[str, Any] | None:
    portal = portal_of_inbox(account_id=widget.account_id, inbox_id=widget.inbox_id)
    return public_portal(portal) | {"id": portal.pk, "config": config_of(portal)} if portal else None


def _picture_schemes() -> list[str]:
    return ["https:"] if settings.PUBLIC_URL.startswith("https:") else ["https:", "http:"]


def _language(wanted: str) -> str | None:
    """What the page around the widget speaks, if we do; else what the browser asked for."""
    try:
        return translation.get_supported_language_variant(wanted[:16])
    except LookupError:
        return get_language()


def frame_channel(widget: WebWidget) -> dict[str, str]:
    return {
        "name": widget.inbox.name,
        "welcome_title": widget.welcome_title,
        "welcome_tagline": widget.welcome_tagline,
    }


def _presence(widget: WebWidget) -> dict[str, Any]:
    """Whether somebody is there, and while the inbox is closed, when it opens (epoch seconds, else None)."""
    now = timezone.now()
    with account_scope(widget.account_id):
        if opening.is_open(widget.inbox, now):
            return {"here": queries.is_staffed(widget.inbox), "closed": False, "opens_at": None}
        opens_at = opening.opens_at(widget.inbox, now)
    return {"here": False, "closed": True, "opens_at": shapes.ts(opens_at) or None}


def frame_config(widget: WebWidget) -> dict[str, Any]:
    return {
        "website_token": widget.website_token,
        "api_base": "/api/v1/widget",
        "live_url": "/live/widget",
        "locale": get_language(),
        "widget_color": widget.widget_color,
        "welcome_title": widget.welcome_title,
        "welcome_tagline": widget.welcome_tagline,
        "website_name": widget.inbox.name,
        **_presence(widget),
        "reply_time": widget.get_reply_time_display(),
        "features": [name for bit, name in FEATURES.items() if widget.feature_flags & bit],
        "pre_chat": widget.pre_chat_form_options if widget.pre_chat_form_enabled else None,
        "goes_on": widget.inbox.allow_messages_after_resolved,
        "max_upload_bytes": widget.account.upload_limit,
        "allowed_parents": [site.source for site in sites.listed(widget.allowed_domains)],
        "texts": texts.visitor_texts(),
    }


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class Config(WidgetAPIView):
    """The only call that needs no visitor yet: it makes one."""

    needs_session = False

    def post(self, request: Any) -> Response:
        if self.session is None:
            allow("new_visitor", client_address(request))
            self.session = open_session(inbox=self.widget.inbox)
        contact = queries.own_contact(self.session)
        return Response(
            {
                "website_channel_config": self._channel_config(request),
                "contact": {
                    "pubsub_token": self.session.pubsub_token,
                    **{key: contact[key] for key in ("id", "name", "email", "phone_number", "identifier")},
                },
                "global_config": {
                    "BRAND_NAME": "Parley",
                    "INSTALLATION_NAME": "Parley",
                    "WIDGET_BRAND_URL": settings.PUBLIC_URL,
                    "LOGO_THUMBNAIL": "",
                    "MAXIMUM_FILE_UPLOAD_SIZE": self.widget.account.upload_limit // (1024 * 1024),
                },
            }
        )

    def _channel_config(self, request: Any) -> dict[str, Any]:
        widget, inbox = self.widget, self.widget.inbox
        assert self.session is not None
        return {
            "allow_messages_after_resolved": inbox.allow_messages_after_resolved,
            "api_host": settings.PUBLIC_URL,
            "auth_token": auth.issue_visitor_token(self.session),
            "avatar_url": "",
            "csat_survey_enabled": inbox.csat_survey_enabled,
            "disable_branding": True,
            "enabled_features": [name for bit, name in FEATURES.items() if widget.feature_flags & bit],
            "enabled_languages": [
                {"name": str(name), "iso_639_1_code": code} for code, name in settings.LANGUAGES
            ],
            "locale": widget.account.locale,
            "out_of_office_message": inbox.out_of_office_message or None,
            "portal": _portal(widget),
            "pre_chat_form_enabled": widget.pre_chat_form_enabled,
            "pre_chat_form_options": widget.pre_chat_form_options,
            "reply_time": widget.get_reply_time_display(),
            "timezone": inbox.timezone,
            "utc_off_set": opening.offset_of(inbox, timezone.now()),
            "website_name": inbox.name,
            "website_token": widget.website_token,
            "welcome_tagline": widget.welcome_tagline or None,
            "welcome_title": widget.welcome_title or None,
            "widget_color": widget.widget_color,
            "working_hours": [hours.columns_of(day) for day in opening.week_of(inbox).values()],
            "working_hours_enabled": inbox.working_hours_enabled,
        }
