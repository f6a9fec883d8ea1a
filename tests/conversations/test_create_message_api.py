from __future__ import annotations

from typing import Any

from config.database import account_scope
from conversations.models import Conversation, Message
from tests import factories
from tests.factories import Cast


def test_bob_answers_and_gets_the_message_in_the_contracts_shape(cast: Cast, api: Any) -> None:
    heard = factories.hear(cast.vera, "Where is my parcel?")

    response = api(cast.bob).send(
        f"/conversations/{heard['conversation_id']}/messages", {"content": "On its way", "echo_id": "e1"}
    )

    assert response.status_code == 200
    body = response.json()
    created_at = body.pop("created_at")
    message_id = body.pop("id")
    assert body == {
        "content": "On its way",
        "inbox_id": cast.inbox.pk,
        "echo_id": "e1",
        "conversation_id": heard["conversation_id"],
        "message_type": 1,
        "content_type": "text",
        "status": "sent",
        "content_attributes": {},
        "private": False,
        "source_id": None,
        "sender": {
            "id": cast.bob.user_id,
            "name": "Bob",
            "available_name": "Bob",
            "avatar_url": "",
            "type": "user",
            "availability_status": "offline",
            "thumbnail": "",
        },
    }
    with account_scope(cast.account.pk):
        stored = Message.objects.get(pk=message_id)
        conversation = Conversation.objects.get(display_id=heard["conversation_id"])
    assert int(stored.created_at.timestamp()) == created_at
    assert conversation.waiting_since is None
    assert conversation.first_reply_created_at == stored.created_at
    assert conversation.last_public_message_id == message_id
