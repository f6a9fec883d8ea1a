"""A program behind an API inbox, which speaks the public API for one of its own users."""

from __future__ import annotations

from typing import Any

from django.test import Client

from channels_ext.models import ApiChannel
from config.database import account_scope
from config.encryption import signature
from inboxes.models import Inbox


class Integrator(Client):
    """`Integrator(inbox).arrive(name="Vera")` has a contact; paths are below that contact from then on."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__(raise_request_exception=False)
        self.channel = channel_of(inbox)
        self.inbox = f"/public/api/v1/inboxes/{self.channel.identifier}"
        self.contact = self.inbox
        self.source_id = ""

    def arrive(self, **fields: Any) -> Integrator:
        answer = self.post(f"{self.inbox}/contacts", fields, content_type="application/json")
        assert answer.status_code == 200, answer.content
        return self.as_contact(answer.json()["source_id"])

    def as_contact(self, source_id: str) -> Integrator:
        self.source_id = source_id
        self.contact = f"{self.inbox}/contacts/{source_id}"
        return self

    def send(self, path: str, body: Any = None, method: str = "post") -> Any:
        return getattr(self, method)(self.contact + path, body or {}, content_type="application/json")

    def read(self, path: str, **query: Any) -> Any:
        return self.get(self.contact + path, query)

    def converse(self, **fields: Any) -> int:
        """A new conversation. Returns its number."""
        answer = self.send("/conversations", fields)
        assert answer.status_code == 200, answer.content
        return int(answer.json()["id"])

    def write(self, number: int, text: Any, **fields: Any) -> Any:
        return self.send(f"/conversations/{number}/messages", {"content": text, **fields})

    def hash_of(self, identifier: str) -> str:
        return signature(self.channel.hmac_token, identifier)


def channel_of(inbox: Inbox) -> ApiChannel:
    with account_scope(inbox.account_id):
        return ApiChannel.objects.get(inbox=inbox)


def set_channel(inbox: Inbox, **fields: Any) -> None:
    with account_scope(inbox.account_id):
        ApiChannel.objects.filter(inbox=inbox).update(**fields)
