"""The edge of the widget's API: a website token names the inbox, a visitor token the session."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from channels_ext.models import WebWidget
from channels_ext.visitor_api import VisitorAPIView
from channels_ext.widget import auth
from config.problems import NotFound
from conversations.models import ContactInbox
from conversations.shapes import Row

FEATURES = {1: "attachments", 2: "emoji_picker", 4: "end_conversation", 8: "use_inbox_avatar_for_bot"}


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
            raise NotFound(code="unknown_visitor")

    @property
    def visitor(self) -> ContactInbox:
        assert self.session is not None
        return self.session

    def offers(self, feature: str) -> bool:
        return any(self.widget.feature_flags & bit for bit, name in FEATURES.items() if name == feature)


def without_internals(shape: Row) -> Row:
    return {key: value for key, value in shape.items() if not key.startswith("_")}
