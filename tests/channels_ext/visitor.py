"""A visitor's browser as the widget's API sees it: a website token, a visitor token, JSON or a form."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from channels_ext.models import WebWidget
from channels_ext.widget.auth import issue_visitor_token
from config.database import account_scope
from conversations.models import ContactInbox
from inboxes.models import Inbox

BASE = "/api/v1/widget"


class Visitor(Client):
    """`Visitor(inbox)` has no token yet; `Visitor(inbox, session)` has been here before. A view's exception
    becomes the answer that a browser would get, and is not raised into the test."""

    def __init__(self, inbox: Inbox, session: ContactInbox | None = None, **headers: Any) -> None:
        super().__init__(raise_request_exception=False, **headers)
        self.widget = widget_of(inbox)
        self.website_token = self.widget.website_token
        self.token = issue_visitor_token(session) if session else ""

    def address(self, path: str) -> str:
        return f"{BASE}{path}?website_token={self.website_token}"

    def send(self, path: str, body: Any = None, **headers: Any) -> Any:
        """POST as JSON. `body` may be bytes, for what is no JSON."""
        return self.post(
            self.address(path),
            {} if body is None else body,
            content_type="application/json",
            HTTP_X_AUTH_TOKEN=self.token,
            **headers,
        )

    def read(self, path: str, **query: Any) -> Any:
        query = {"website_token": self.website_token, **query}
        return self.get(BASE + path, query, HTTP_X_AUTH_TOKEN=self.token)

    def write(self, text: Any, **fields: Any) -> Any:
        return self.send("/messages", {"message": {"content": text, **fields}})

    def upload(self, *files: SimpleUploadedFile, text: str = "") -> Any:
        form = {"message[content]": text, "message[attachments][]": list(files)}
        return self.post(self.address("/messages"), form, HTTP_X_AUTH_TOKEN=self.token)

    def thread(self, **query: Any) -> list[dict[str, Any]]:
        """The messages that this visitor may see, oldest first."""
        answer = self.read("/messages", **query)
        assert answer.status_code == 200, answer.content
        payload: list[dict[str, Any]] = answer.json()["payload"]
        return payload


def widget_of(inbox: Inbox) -> WebWidget:
    with account_scope(inbox.account_id):
        return WebWidget.objects.get(inbox=inbox)


def set_widget(inbox: Inbox, **fields: Any) -> None:
    with account_scope(inbox.account_id):
        WebWidget.objects.filter(inbox=inbox).update(**fields)


def file(name: str, content: bytes, kind: str = "application/octet-stream") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type=kind)
