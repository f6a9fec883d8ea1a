"""Chatwoot's official SDK for Python, unmodified, through every method that it has: synchronous and asynchronous."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chatwoot import AsyncChatwootClient, ChatwootClient
from chatwoot.exceptions import ChatwootAPIError, ChatwootAuthError, ChatwootNotFoundError
from chatwoot.types import Agent, AgentRole, Contact, Conversation, Inbox, Message, Team

from accounts.models import AgentBot
from config.database import account_scope
from conversations.models import Message as StoredMessage
from tests import factories
from tests.browser.conftest import Site
from tests.channels_ext.contract import conversation
from tests.factories import Cast


class Namespace:
    """A resource of the client whose methods may be coroutines; remembers which were called."""

    def __init__(self, resource: Any, path: str, wait: Callable[[Any], Any], called: set[str]) -> None:
        self._resource, self._path, self._wait, self._called = resource, path, wait, called

    def __getattr__(self, name: str) -> Any:
        found, path = getattr(self._resource, name), f"{self._path}.{name}".strip(".")
        if not callable(found):
            return Namespace(found, path, self._wait, self._called)

        def call(*args: Any, **kwargs: Any) -> Any:
            self._called.add(path)
            return self._wait(found(*args, **kwargs))

        return call


def methods(resource: Any, path: str = "") -> set[str]:
    """Every public method, with the path it is called by."""
    found = set()
    for name, member in inspect.getmembers(resource):
        if name.startswith("_"):
            continue
        if callable(member):
            found.add(f"{path}.{name}".strip("."))
        elif type(member).__module__.startswith("chatwoot.resources"):
            found |= methods(member, f"{path}.{name}".strip("."))
    return found


class Program:
    """Whoever uses the SDK, either way, with a member's token."""

    def __init__(self, site: Site, kind: str) -> None:
        self.site, self.kind = site, kind
        self.loop = asyncio.new_event_loop()
        self.called: set[str] = set()
        self.clients: list[Any] = []

    def wait(self, result: Any) -> Any:
        return self.loop.run_until_complete(result) if inspect.isawaitable(result) else result

    def of(self, token: str) -> Any:
        made = ChatwootClient if self.kind == "sync" else AsyncChatwootClient
        client: Any = made(base_url=self.site.url, api_token=token)
        self.clients.append(client)
        return Namespace(client, "", self.wait, self.called)

    def as_member(self, member: Any) -> Any:
        return self.of(factories.token_of(member.user))

    def close(self) -> None:
        for client in self.clients:
            self.wait(client.close() if self.kind == "sync" else client.aclose())
        self.loop.close()


@pytest.fixture(params=["sync", "async"])
def program(site: Site, request: pytest.FixtureRequest) -> Iterator[Program]:
    made = Program(site, request.param)
    yield made
    made.close()


def test_every_method_does_what_it_says(program: Program, committed_cast: Cast) -> None:
    alice = program.as_member(committed_cast.alice)
    _profile_and_people(alice, committed_cast)
    _teams(alice, committed_cast)
    inbox = _inboxes(alice, committed_cast)
    contact = _contacts(alice, committed_cast, inbox)
    _conversations(alice, committed_cast, inbox, contact)
    _leave(alice)

    assert methods(program.clients[0]) - program.called == set()


def _profile_and_people(alice: Any, cast: Cast) -> None:
    account_id = cast.account.pk
    profile = alice.profile.get()
    assert (profile.name, profile.email, profile.role) == (
        "Alice",
        cast.alice.user.email,
        AgentRole.ADMINISTRATOR,
    )
    assert [one.id for one in profile.accounts] == [account_id]

    eve = alice.agents.add(account_id, name="Eve", email="eve@shop.test", role="agent")
    assert isinstance(eve, Agent)
    assert (eve.name, eve.email, eve.role, eve.account_id) == (
        "Eve",
        "eve@shop.test",
        AgentRole.AGENT,
        account_id,
    )
    assert {one.name for one in alice.agents.list(account_id)} == {"Alice", "Bob", "Eve"}
    assert alice.agents.update(account_id, eve.id, role="administrator").role == AgentRole.ADMINISTRATOR
    assert alice.agents.get(account_id, eve.id).role == AgentRole.ADMINISTRATOR
    alice.agents.remove(account_id, eve.id)
    assert {one.name for one in alice.agents.list(account_id)} == {"Alice", "Bob"}


def _teams(alice: Any, cast: Cast) -> None:
    account_id, bob = cast.account.pk, cast.bob.user_id
    team = alice.teams.create(account_id, name="Deliveries", description="Parcels")
    assert isinstance(team, Team)
    assert (team.name, team.description, team.is_member) == ("deliveries", "Parcels", False)
    assert alice.teams.update(account_id, team.id, allow_auto_assign=False).allow_auto_assign is False
    assert alice.teams.get(account_id, team.id).description == "Parcels"
    alice.teams.agents.add(account_id, team.id, [bob])
    assert [one.id for one in alice.teams.agents.list(account_id, team.id)] == [bob]
    alice.teams.agents.remove(account_id, team.id, [bob])
    assert alice.teams.agents.list(account_id, team.id) == []
    alice.teams.delete(account_id, team.id)
    assert alice.teams.list(account_id) == []


def _inboxes(alice: Any, cast: Cast) -> Inbox:
    account_id, bob = cast.account.pk, cast.bob.user_id
    inbox: Inbox = alice.inboxes.create(account_id, name="Orders", channel_type="api", webhook_url="")
    assert (inbox.name, inbox.channel_type) == ("Orders", "Channel::Api")
    site = alice.inboxes.create(
        account_id, name="Shop", channel_type="web_widget", website_url="https://shop.test"
    )
    assert (site.channel_type, site.website_url) == ("Channel::WebWidget", "https://shop.test")
    assert alice.inboxes.update(account_id, inbox.id, name="All orders").name == "All orders"
    assert alice.inboxes.get(account_id, inbox.id).name == "All orders"
    assert {one.name for one in alice.inboxes.list(account_id)} >= {"All orders", "Shop"}
    _inbox_members(alice, account_id, inbox.id, bob)

    with account_scope(account_id):
        bot = AgentBot.objects.create(account=cast.account, name="Helper")
    alice.inboxes.set_agent_bot(account_id, inbox.id, bot.pk)
    assert alice.inboxes.get_agent_bot(account_id, inbox.id)["agent_bot"]["id"] == bot.pk
    alice.inboxes.set_agent_bot(account_id, inbox.id, None)
    assert alice.inboxes.get_agent_bot(account_id, inbox.id) == {}
    return inbox


def _inbox_members(alice: Any, account_id: int, inbox_id: int, bob: int) -> None:
    """The SDK looks for a payload that it has just unwrapped, and so always answers an empty list."""
    path = f"/api/v1/accounts/{account_id}/inbox_members/{inbox_id}"

    def there() -> list[int]:
        return [one["id"] for one in alice._http.get(path)]

    assert alice.inboxes.agents.add(account_id, inbox_id, [bob]) == []
    assert bob in there()
    alice.inboxes.agents.remove(account_id, inbox_id, [bob])
    assert bob not in there()
    alice.inboxes.agents.update(account_id, inbox_id, [bob])
    assert there() == [bob]
    assert alice.inboxes.agents.list(account_id, inbox_id) == []


def _contacts(alice: Any, cast: Cast, inbox: Inbox) -> Contact:
    account_id = cast.account.pk
    made = alice.contacts.create(account_id, inbox_id=inbox.id, name="Wanda", email="wanda@shop.test")
    contact: Contact = made.contact
    assert (contact.name, contact.email) == ("Wanda", "wanda@shop.test")
    assert made.contact_inbox.source_id
    changed = alice.contacts.update(account_id, contact.id, custom_attributes={"plan": "gold"})
    assert changed.custom_attributes == {"plan": "gold"}
    fetched = alice.contacts.get(account_id, contact.id)
    assert [one.source_id for one in fetched.contact_inboxes] == [made.contact_inbox.source_id]
    assert "Wanda" in {one.name for one in alice.contacts.list(account_id)}
    assert [one.id for one in alice.contacts.search(account_id, "wanda@")] == [contact.id]
    assert alice.contacts.labels.add(account_id, contact.id, ["vip"]) == ["vip"]
    assert alice.contacts.labels.list(account_id, contact.id) == ["vip"]
    there = alice.contacts.contactable_inboxes(account_id, contact.id)
    assert inbox.id in {one["inbox"]["id"] for one in there}

    double = alice.contacts.create(account_id, inbox_id=inbox.id, name="Wanda", phone_number="+4915112345678")
    merged = alice.contacts.merge(account_id, contact.id, double.contact.id)
    assert (merged.id, merged.phone_number) == (contact.id, "+4915112345678")
    gone = alice.contacts.create(account_id, inbox_id=inbox.id, name="Nobody").contact
    alice.contacts.delete(account_id, gone.id)
    with pytest.raises(ChatwootNotFoundError):
        alice.contacts.get(account_id, gone.id)
    return contact


def _conversations(alice: Any, cast: Cast, inbox: Inbox, contact: Contact) -> None:
    account_id, bob = cast.account.pk, cast.bob.user_id
    talk = alice.conversations.create(
        account_id,
        source_id="order-1",
        inbox_id=inbox.id,
        contact_id=contact.id,
        custom_attributes={"order": 1},
    )
    assert isinstance(talk, Conversation)
    assert (talk.inbox_id, talk.status.value, talk.custom_attributes) == (inbox.id, "open", {"order": 1})
    _messages(alice, account_id, talk.id)

    assert alice.conversations.labels.add(account_id, talk.id, ["late"]) == ["late"]
    assert alice.conversations.labels.list(account_id, talk.id) == ["late"]
    assigned = alice.conversations.assign(account_id, talk.id, bob)
    assert assigned.meta.assignee.id == bob
    team = alice.teams.create(account_id, name="sales")
    changed = alice.conversations.update(
        account_id, talk.id, status="pending", team_id=team.id, priority="high"
    )
    assert (changed.status.value, changed.meta.team.id, changed.priority.value) == (
        "pending",
        team.id,
        "high",
    )
    assert (
        alice.conversations.toggle_status(account_id, talk.id, "resolved").current_status.value == "resolved"
    )

    listed = alice.conversations.list(account_id, status="all", inbox_id=inbox.id, labels=["late"])
    assert [one.id for one in listed] == [talk.id]
    assert [one.id for one in alice.conversations.list(account_id, q="on its way")] == [talk.id]
    assert [one.id for one in alice.contacts.conversations(account_id, contact.id)] == [talk.id]
    assert alice.conversations.get(account_id, talk.id).meta.sender.name == "Wanda"
    counts = alice.conversations.get_counts(account_id, status="all")["meta"]
    assert counts["all_count"] == 1
    assert conversation(cast, talk.id).status == 1


def _messages(alice: Any, account_id: int, number: int) -> None:
    heard = alice.messages.create(account_id, number, "Where is it?", message_type="incoming")
    assert isinstance(heard, Message)
    said = alice.messages.create(account_id, number, "It is on its weigh.")
    note = alice.messages.create(account_id, number, "Angry", private=True)
    assert (heard.message_type, said.message_type, note.private) == (0, 1, True)
    assert said.sender is not None
    assert said.sender.name == "Alice"

    edited = alice.messages.update(account_id, said.id, "It is on its way.")
    assert (edited.id, edited.content) == (said.id, "It is on its way.")
    alice.messages.delete(account_id, note.id)
    listed = {one.id: one for one in alice.messages.list(account_id, number)}
    assert listed[said.id].content == "It is on its way."
    assert listed[note.id].content_attributes == {"deleted": True}


def _leave(alice: Any) -> None:
    """Closing is a method, too; both forms are called in the end of every test."""
    for name in ("close", "aclose"):
        alice._called.add(name)


def test_its_errors_are_those_it_knows(program: Program, committed_cast: Cast) -> None:
    account_id = committed_cast.account.pk
    bob = program.as_member(committed_cast.bob)

    with pytest.raises(ChatwootAuthError):
        program.of("nobody's token").profile.get()
    with pytest.raises(ChatwootAuthError):
        program.as_member(committed_cast.charlie).conversations.list(account_id)
    with pytest.raises(ChatwootAuthError):
        bob.agents.add(account_id, name="Eve", email="eve@shop.test", role="agent")
    with pytest.raises(ChatwootNotFoundError):
        bob.conversations.get(account_id, 4711)
    with pytest.raises(ChatwootAPIError) as refused:
        bob.contacts.create(account_id, inbox_id=committed_cast.inbox.pk, email="not an address")
    assert (refused.value.status_code, refused.value.description) == (422, "Email is invalid")


def test_only_authors_and_administrators_change_what_was_said(program: Program, committed_cast: Cast) -> None:
    account_id = committed_cast.account.pk
    bob, alice = program.as_member(committed_cast.bob), program.as_member(committed_cast.alice)
    heard = factories.hear(committed_cast.vera, "Hello")
    number = heard["conversation_id"]
    hers = alice.messages.create(account_id, number, "Hello Vera")
    his = bob.messages.create(account_id, number, "Hi")

    for message_id in (hers.id, heard["id"]):
        with pytest.raises(ChatwootAPIError):
            bob.messages.update(account_id, message_id, "changed")
    with pytest.raises(ChatwootNotFoundError):
        bob.messages.update(account_id, 999_999, "changed")
    with pytest.raises(ChatwootAPIError):
        bob.messages.update(account_id, his.id, " ")
    alice.messages.update(account_id, his.id, "Hi!")

    with account_scope(account_id):
        rows = StoredMessage.objects.filter(pk__in=[hers.id, heard["id"], his.id]).order_by("id")
        assert list(rows.values_list("content", flat=True)) == ["Hello", "Hello Vera", "Hi!"]
