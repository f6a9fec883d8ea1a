"""Who the page around the widget says its visitor is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from channels_ext.realtime import frames, groups, packets
from config.database import account_scope
from config.encryption import signature
from config.models import OutboxEvent
from conversations.models import Contact, ContactInbox, Conversation, Label
from tests import factories
from tests.channels_ext.visitor import Visitor, set_widget
from tests.factories import Cast


def call(visitor: Visitor, method: str, path: str, body: Any = None) -> Any:
    return getattr(visitor, method)(
        visitor.address(path), body or {}, content_type="application/json", HTTP_X_AUTH_TOKEN=visitor.token
    )


def identify(visitor: Visitor, identifier: str, **fields: Any) -> Any:
    return call(visitor, "patch", "/contact/set_user", {"identifier": identifier, **fields})


def proof(visitor: Visitor, identifier: str) -> str:
    return signature(visitor.widget.hmac_token, identifier)


def contact_of(session: ContactInbox) -> Contact:
    with account_scope(session.account_id):
        return ContactInbox.objects.select_related("contact").get(pk=session.pk).contact


def is_verified(session: ContactInbox) -> bool:
    with account_scope(session.account_id):
        return ContactInbox.objects.get(pk=session.pk).hmac_verified


def test_a_page_says_who_its_visitor_is(cast: Cast, vera: Visitor) -> None:
    response = identify(
        vera, "user-7", name="Vera Lang", email="VERA@mail.test", custom_attributes={"plan": "gold"}
    )

    assert response.status_code == 200
    assert response.json() == {
        "id": cast.vera.contact_id,
        "has_email": True,
        "has_name": True,
        "has_phone_number": False,
    }
    contact = contact_of(cast.vera)
    assert (contact.identifier, contact.name, contact.email) == ("user-7", "Vera Lang", "vera@mail.test")
    assert contact.custom_attributes == {"plan": "gold"}
    assert is_verified(cast.vera) is False
    assert vera.read("/contact").json() == {**response.json(), "identifier": "user-7"}


def test_a_signed_identifier_verifies_the_visit(cast: Cast, vera: Visitor) -> None:
    response = identify(vera, "user-7", identifier_hash=proof(vera, "user-7"))

    assert response.status_code == 200
    assert is_verified(cast.vera) is True


@pytest.mark.parametrize("given", ["", "0" * 64, "é", "of another"])
def test_where_proof_is_demanded_nothing_else_is_taken(
    cast: Cast, vera: Visitor, stored: Callable[[], Any], given: str
) -> None:
    set_widget(cast.inbox, hmac_mandatory=True)
    before = stored()

    response = identify(
        vera, "user-7", identifier_hash=proof(vera, "user-8") if given == "of another" else given
    )

    assert (response.status_code, response.json()["code"]) == (401, "invalid_identity")
    assert stored() == before


def test_a_wrong_signature_is_refused_even_where_none_is_demanded(
    cast: Cast, vera: Visitor, stored: Callable[[], Any]
) -> None:
    before = stored()
    assert identify(vera, "user-7", identifier_hash="0" * 64).status_code == 401
    assert stored() == before


def test_somebody_known_takes_the_visit_over_with_its_conversation(cast: Cast, vera: Visitor) -> None:
    known = factories.make_session(cast.inbox, "Vera Lang", identifier="user-7")
    vera.write("Hello")

    assert identify(vera, "user-7", identifier_hash=proof(vera, "user-7")).status_code == 200

    with account_scope(cast.account.pk):
        assert Conversation.objects.get().contact_id == known.contact_id
        assert not Contact.objects.filter(pk=cast.vera.contact_id).exists()
    assert [one["sender"]["id"] for one in vera.thread()] == [known.contact_id]


def test_a_claim_without_proof_overwrites_nothing_of_somebody_known(cast: Cast, vera: Visitor) -> None:
    known = factories.make_session(
        cast.inbox,
        "Vera Lang",
        identifier="user-7",
        email="vera@mail.test",
        custom_attributes={"plan": "gold"},
    )

    identify(
        vera,
        "user-7",
        name="Mallory",
        email="mallory@mail.test",
        phone_number="+15551234",
        custom_attributes={"plan": "none", "shoe": 44},
    )

    contact = contact_of(known)
    assert (contact.name, contact.email, contact.phone_number) == ("Vera Lang", "vera@mail.test", "+15551234")
    assert contact.custom_attributes == {"plan": "gold", "shoe": 44}


def test_a_claim_never_takes_over_whoever_was_proven(cast: Cast, vera: Visitor) -> None:
    known = factories.make_session(cast.inbox, "Vera Lang", identifier="user-7")
    proven = Visitor(cast.inbox, known)
    identify(proven, "user-7", identifier_hash=proof(vera, "user-7"))

    assert identify(vera, "user-7", name="Mallory").status_code == 200

    assert contact_of(cast.vera).pk == cast.vera.contact_id
    assert contact_of(cast.vera).identifier is None
    assert contact_of(known).name == "Vera Lang"


def test_another_identifier_begins_another_visit(cast: Cast, vera: Visitor) -> None:
    identify(vera, "user-7", name="Vera Lang")
    vera.write("A secret of user 7")

    response = identify(vera, "user-8", name="Wanda")

    assert set(response.json()) == {"id", "has_email", "has_name", "has_phone_number", "widget_auth_token"}
    assert contact_of(cast.vera).identifier == "user-7"
    vera.token = response.json()["widget_auth_token"]
    assert vera.thread() == []
    assert vera.read("/contact").json()["identifier"] == "user-8"


def test_what_is_no_address_is_dropped_and_blanks_overwrite_nothing(cast: Cast, vera: Visitor) -> None:
    call(vera, "patch", "/contact", {"email": "vera@mail.test", "phone_number": "+15551234"})

    response = call(vera, "patch", "/contact", {"email": "nobody", "phone_number": "12", "name": ""})

    assert response.status_code == 200
    contact = contact_of(cast.vera)
    assert (contact.name, contact.email, contact.phone_number) == ("Vera", "vera@mail.test", "+15551234")


def test_a_page_cannot_change_the_identifier_by_the_other_door(cast: Cast, vera: Visitor) -> None:
    assert call(vera, "patch", "/contact", {"identifier": "user-7"}).status_code == 200
    assert contact_of(cast.vera).identifier is None


def test_contacts_of_another_account_are_nobody(cast: Cast, vera: Visitor) -> None:
    foreign = factories.make_session(cast.other_inbox, "Viktor", identifier="user-7", email="v@mail.test")

    identify(vera, "user-7", email="v@mail.test")

    assert contact_of(foreign).name == "Viktor"
    assert contact_of(cast.vera).pk == cast.vera.contact_id
    assert contact_of(cast.vera).email == "v@mail.test"


def test_attributes_of_the_contact_are_set_and_removed(cast: Cast, vera: Visitor) -> None:
    call(vera, "patch", "/contact", {"custom_attributes": {"plan": "gold", "shoe": 44}})
    response = call(vera, "post", "/contact/destroy_custom_attributes", {"custom_attributes": ["shoe", "no"]})

    assert response.status_code == 200
    assert contact_of(cast.vera).custom_attributes == {"plan": "gold"}


def test_attributes_of_the_conversation_are_replaced_and_removed(cast: Cast, vera: Visitor) -> None:
    path = "/conversations/set_custom_attributes"
    assert call(vera, "post", path, {"custom_attributes": {"a": 1}}).status_code == 404
    vera.write("Hello")
    for attributes in ({"a": 1}, {"b": 2, "c": 3}):
        assert call(vera, "post", path, {"custom_attributes": attributes}).status_code == 204

    gone = call(vera, "post", "/conversations/destroy_custom_attributes", {"custom_attribute": ["b"]})

    assert gone.json()["custom_attributes"] == {"c": 3}
    with account_scope(cast.account.pk):
        assert Conversation.objects.get().custom_attributes == {"c": 3}


def test_a_visitor_ends_the_conversation_where_that_is_offered(
    cast: Cast, vera: Visitor, stored: Callable[[], Any]
) -> None:
    assert vera.read("/conversations/toggle_status").status_code == 404
    vera.write("Thanks, bye")
    assert vera.read("/conversations/toggle_status").status_code == 200
    assert vera.read("/conversations").json()["status"] == "resolved"

    vera.write("One more thing")
    set_widget(cast.inbox, feature_flags=3)
    before = stored()
    refused = vera.read("/conversations/toggle_status")

    assert (refused.status_code, refused.json()["code"]) == (403, "not_offered")
    assert stored() == before


def test_the_faces_behind_the_inbox(cast: Cast, vera: Visitor) -> None:
    assert vera.read("/inbox_members").json() == {
        "payload": [
            {"id": cast.bob.user_id, "name": "Bob", "avatar_url": "", "availability_status": "offline"}
        ]
    }


def test_pages_report_events_that_have_no_consequence(
    cast: Cast, vera: Visitor, stored: Callable[[], Any]
) -> None:
    before = stored()
    assert call(vera, "post", "/events", {"name": "webwidget.triggered", "event_info": {}}).status_code == 204
    assert vera.read("/campaigns").json() == []
    assert stored() == before


@pytest.mark.parametrize("name", ["message.created", "conversation.updated", "conversation.typing_on"])
def test_live_news_tells_a_visitor_nothing_of_whom_they_may_be(name: str) -> None:
    contact = {"id": 7, "name": "Wanda Weiss", "email": "w@home.test", "phone_number": "+4930123456"}
    contact |= {"identifier": "u-1", "custom_attributes": {"debts": 1}, "type": "contact"}
    talk = {"id": 1, "meta": {"sender": contact}, "messages": [{"sender": contact}], "status": "open"}
    message = {"id": 1, "content": "Hi", "sender": contact, "conversation": talk}
    content = {"name": name, "account_id": 1, "conversation": talk, "user": contact, "message": message}
    content |= {"is_private": False, "changes": {"status": ["open", "resolved"]}}

    packet = packets.transient(audience=groups.VISITORS, to=("visitor1",), content=content)
    said = "".join(frames.cable(packet))

    assert '"id":7' in said
    assert [known for known in ("Weiss", "home.test", "4930", "u-1", "debts") if known in said] == []
    for_agents = packets.transient(audience=groups.AGENTS, to=("a1.inbox1",), content=content)
    assert "Weiss" in "".join(frames.cable(for_agents))


def test_a_page_labels_the_conversation_with_what_the_account_has(cast: Cast, vera: Visitor) -> None:
    with account_scope(cast.account.pk):
        Label.objects.create(account=cast.account, title="vip")
    assert call(vera, "post", "/labels", {"label": "vip"}).status_code == 404
    vera.write("Hello")

    for title in ("vip", "vip", "invented"):
        assert call(vera, "post", "/labels", {"label": title}).status_code == 204
    assert labels(cast) == ["vip"]
    assert call(vera, "post", "/labels", {"label": 7}).status_code == 422
    assert call(vera, "delete", "/labels/vip").status_code == 204
    assert labels(cast) == []


def labels(cast: Cast) -> list[str]:
    with account_scope(cast.account.pk):
        found: list[str] = Conversation.objects.get().labels
        return found


def test_the_conversation_is_mailed_to_its_own_contact_and_nobody_else(cast: Cast, vera: Visitor) -> None:
    assert call(vera, "post", "/conversations/transcript", {"email": "x@evil.test"}).json() == {"sent": False}
    vera.write("Hello")
    assert call(vera, "post", "/conversations/transcript", {"email": "x@evil.test"}).json() == {"sent": False}
    call(vera, "patch", "/contact", {"email": "vera@mail.test"})

    assert call(vera, "post", "/conversations/transcript", {"email": "x@evil.test"}).json() == {"sent": True}

    with account_scope(cast.account.pk):
        (told,) = OutboxEvent.objects.filter(name="transcript.requested").values_list("payload", flat=True)
    assert told["email"] == "vera@mail.test"
