"""The widget: its loader, its frame, and the API that both the frame and existing clients speak (contract,
api-contract.md 5.3)."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import get_language
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from channels_ext.api_inbox.queries import contact_raw
from channels_ext.api_inbox.serializers import Typing
from channels_ext.models import WebWidget
from channels_ext.realtime import typists
from channels_ext.visitor_api import VisitorAPIView, client_address
from channels_ext.widget import auth, queries, serializers, sites, texts
from config.problems import NotFound, Problem
from config.throttling import allow
from conversations import shapes
from conversations.actions.contacts import open_session, update_contact
from conversations.actions.inbound import contact_actor, receive_message
from conversations.actions.reading import mark_contact_seen


@require_safe
@gzip_page
def loader(_request: HttpRequest) -> HttpResponse:
    """widget.js, from an address that never changes: cached for minutes, not for ever."""
    path = finders.find("widget/widget.js")
    stored = settings.STATIC_ROOT / "widget" / "widget.js"
    try:
        with open(stored if stored.exists() else str(path), "rb") as file:
            response = HttpResponse(file.read(), content_type="text/javascript; charset=utf-8")
    except OSError:
        raise Http404 from None
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


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
    framed: Any = csp_replace({"frame-ancestors": sites.frame_ancestors(widget.allowed_domains)})(
        lambda _request: response
    )
    return framed(request)


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
        "max_upload_bytes": widget.account.upload_limit,
        "allowed_parents": [site.source for site in sites.listed(widget.allowed_domains)],
        "texts": texts.visitor_texts(),
    }


class WidgetAPIView(VisitorAPIView):
    """`website_token` in the query names the inbox, the header X-Auth-Token the visitor."""

    needs_session = True
    widget: WebWidget

    def resolve(self, request: HttpRequest, **kwargs: Any) -> int:
        return auth.account_of(request.GET.get("website_token", ""))

    def enter(self, request: Any) -> None:
        website_token = request.GET.get("website_token", "")
        self.widget = auth.widget_in(account_id=self.account_id, website_token=website_token)
        auth.check_origin(self.widget, request.headers.get("Origin", ""))
        self.session = auth.session_of(widget=self.widget, token=request.headers.get("X-Auth-Token", ""))
        if self.session is None and self.needs_session:
            raise NotFound("Resource could not be found", code="unknown_visitor")


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class Config(WidgetAPIView):
    """The only call that needs no visitor yet: it makes one."""

    needs_session = False

    def post(self, request: Any) -> Response:
        if self.session is None:
            allow("new_visitor", client_address(request))
            self.session = open_session(inbox=self.widget.inbox)
        contact = self.session.contact
        return Response(
            {
                "website_channel_config": self._channel_config(request),
                "contact": {
                    "pubsub_token": self.session.pubsub_token,
                    **{
                        key: getattr(contact, key)
                        for key in ("id", "name", "email", "phone_number", "identifier")
                    },
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
            "portal": None,
            "pre_chat_form_enabled": widget.pre_chat_form_enabled,
            "pre_chat_form_options": widget.pre_chat_form_options,
            "reply_time": widget.get_reply_time_display(),
            "timezone": inbox.timezone,
            "utc_off_set": "+00:00",
            "website_name": inbox.name,
            "website_token": widget.website_token,
            "welcome_tagline": widget.welcome_tagline or None,
            "welcome_title": widget.welcome_title or None,
            "widget_color": widget.widget_color,
            "working_hours": [],
            "working_hours_enabled": inbox.working_hours_enabled,
        }


FEATURES = {1: "attachments", 2: "emoji_picker", 4: "end_conversation", 8: "use_inbox_avatar_for_bot"}


@extend_schema(responses=OpenApiTypes.OBJECT)
class Conversations(WidgetAPIView):
    def get(self, request: Any) -> Response:
        assert self.session is not None
        found = queries.latest_conversation(self.session)
        return Response(without_internals(found) if found else {})

    def post(self, request: Any) -> Response:
        """Contact details and the first message in one."""
        assert self.session is not None
        self.limit_messages()
        details = serializers.WidgetContact(data=serializers.part(request.data, "contact"))
        details.is_valid(raise_exception=True)
        attributes = serializers.WidgetAttributes(
            data={"custom_attributes": serializers.part(request.data, "custom_attributes")}
        )
        attributes.is_valid(raise_exception=True)
        custom = attributes.validated_data["custom_attributes"]
        if details.validated_data:
            who = contact_actor(self.session)
            update_contact(actor=who, contact=self.session.contact, **details.validated_data)
        message = write(self, request, custom_attributes=custom)
        found = queries.latest_conversation(self.session) or {}
        return Response(
            {
                **without_internals(found),
                "messages": [message],
                "custom_attributes": found.get("_custom_attributes", {}),
                "contact": contact_raw(self.session),
            }
        )


@extend_schema(responses=OpenApiTypes.OBJECT)
class Messages(WidgetAPIView):
    @extend_schema(parameters=[serializers.ThreadQuery])
    def get(self, request: Any) -> Response:
        assert self.session is not None
        query = serializers.ThreadQuery(data={k: v for k, v in request.query_params.items() if v != ""})
        query.is_valid(raise_exception=True)
        given = query.validated_data
        found, conversation = queries.thread_of(
            self.session, before=given.get("before"), after=given.get("after")
        )
        meta = {"contact_last_seen_at": conversation["contact_last_seen_at"]} if conversation else {}
        return Response({"payload": found, "meta": meta})

    @extend_schema(request=serializers.WidgetMessage)
    def post(self, request: Any) -> Response:
        self.limit_messages()
        return Response(write(self, request))


def write(view: WidgetAPIView, request: Any, *, custom_attributes: Any = None) -> shapes.Row:
    """Store what the visitor sent. Returns it in the widget's shape. The attributes are those of the
    conversation, if this opens one."""
    assert view.session is not None
    serializer = serializers.WidgetMessage(data=serializers.message_part(request.data))
    serializer.is_valid(raise_exception=True)
    uploads = [
        *request.FILES.getlist("message[attachments][]"),
        *request.FILES.getlist("message[attachments]"),
    ]
    message = receive_message(
        session=view.session,
        draft=serializer.draft(uploads),
        additional_attributes=serializer.origin(),
        custom_attributes=custom_attributes,
    )
    public = shapes.message_public(message)
    return {**public, **{key: message[key] for key in ("inbox_id", "private", "source_id")}}


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class UpdateLastSeen(WidgetAPIView):
    def post(self, request: Any) -> Response:
        assert self.session is not None
        actor = contact_actor(self.session)
        known = mark_contact_seen(actor=actor, account_id=self.account_id, contact_inbox_id=self.session.pk)
        return Response({}) if known else Response(None, status=204)


@extend_schema(request=Typing, responses=None)
class ToggleTyping(WidgetAPIView):
    def post(self, request: Any) -> Response:
        assert self.session is not None
        serializer = Typing(data=request.data)
        serializer.is_valid(raise_exception=True)
        found = queries.latest_conversation(self.session)
        if found is None:
            raise NotFound("Resource could not be found")
        typists.announce_typing(
            account_id=self.account_id,
            conversation_id=found["_id"],
            on=serializer.validated_data["typing_status"] == "on",
            contact_inbox_id=self.session.pk,
        )
        return Response(None)


def without_internals(shape: shapes.Row) -> shapes.Row:
    return {key: value for key, value in shape.items() if not key.startswith("_")}
