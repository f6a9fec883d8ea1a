"""Plain functions that make rows, with few defaults. Call them within the account's scope, or use the cast."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.actors import Actor
from accounts.models import AccessToken, Account, Membership, Role, Team, TeamMember, User
from channels_ext.models import ApiChannel, WebWidget
from config.database import account_scope, platform_scope
from conversations.actions.inbound import receive_message
from conversations.actions.messages import MessageDraft, create_message
from conversations.models import Contact, ContactInbox, Conversation, Note
from conversations.shapes import Row
from inboxes.models import Inbox, InboxMember
from inboxes.queries import Access, access_of_user

PASSWORD = "Correct-horse-9"


def make_account(name: str = "Acme") -> Account:
    with platform_scope("tests create accounts"):
        return Account.objects.create(name=name)


def make_user(name: str, email: str = "", **fields: Any) -> User:
    return User.objects.create_user(
        email or f"{name.lower()}@{uuid.uuid4().hex[:8]}.test", PASSWORD, name=name, **fields
    )


def make_member(account: Account, user: User, role: int = Role.AGENT) -> Membership:
    with account_scope(account.pk):
        return Membership.objects.create(account=account, user=user, role=role)


def token_of(user: User) -> str:
    return AccessToken.issue(user=user).token


def make_inbox(account: Account, name: str = "Website", kind: str = "web_widget") -> Inbox:
    with account_scope(account.pk):
        inbox = Inbox.objects.create(account=account, name=name, kind=kind)
        if kind == "web_widget":
            WebWidget.objects.create(account=account, inbox=inbox, website_url="https://shop.test")
        else:
            ApiChannel.objects.create(account=account, inbox=inbox)
    return inbox


def join_inbox(member: Membership, inbox: Inbox) -> InboxMember:
    with account_scope(inbox.account_id):
        return InboxMember.objects.create(account_id=inbox.account_id, inbox=inbox, membership=member)


def make_team(account: Account, name: str, *members: Membership) -> Team:
    with account_scope(account.pk):
        team = Team.objects.create(account=account, name=name)
        for member in members:
            TeamMember.objects.create(account=account, team=team, membership=member)
    return team


def make_session(inbox: Inbox, name: str = "Vera", **fields: Any) -> ContactInbox:
    """A contact and their session in the inbox."""
    with account_scope(inbox.account_id):
        contact = Contact.objects.create(account_id=inbox.account_id, name=name, **fields)
        return ContactInbox.objects.create(
            account_id=inbox.account_id, contact=contact, inbox=inbox, source_id=str(uuid.uuid4())
        )


def hear(session: ContactInbox, text: str = "Hello", **fields: Any) -> Row:
    """The contact writes. Returns the message."""
    with account_scope(session.account_id):
        return receive_message(
            session=session, draft=MessageDraft(content=text, message_type="incoming", **fields)
        )


def access_of(member: Membership) -> Access:
    with account_scope(member.account_id):
        access = access_of_user(account_id=member.account_id, user_id=member.user_id)
    assert access is not None
    return access


def say(member: Membership, display_id: int, text: str = "Hi, how can I help?", **fields: Any) -> Row:
    """A member writes. Returns the message."""
    access = access_of(member)
    with account_scope(member.account_id):
        draft = MessageDraft(content=text, **fields)
        return create_message(actor=access.actor, access=access, display_id=display_id, draft=draft)


def make_conversation(inbox: Inbox, name: str = "Vera", text: str = "Hello") -> Conversation:
    """A contact's first message and the conversation that it opened."""
    message = hear(make_session(inbox, name), text)
    with account_scope(inbox.account_id):
        return (
            Conversation.objects.for_account(inbox.account_id)
            .select_related("contact")
            .get(display_id=message["conversation_id"])
        )


def make_note(contact: Contact, content: str = "A regular") -> Note:
    with account_scope(contact.account_id):
        return Note.objects.create(account_id=contact.account_id, contact=contact, content=content)


@dataclass
class Cast:
    """alice (administrator) and bob (agent, member of the inbox) of `account`; charlie (agent) and dora
    (administrator) of `other`; vera, a visitor of `inbox`."""

    account: Account
    other: Account
    alice: Membership
    bob: Membership
    charlie: Membership
    dora: Membership
    inbox: Inbox
    api_inbox: Inbox
    other_inbox: Inbox
    vera: ContactInbox

    @property
    def system(self) -> Actor:
        return Actor("system")


def make_cast() -> Cast:
    account, other = make_account("Acme"), make_account("Globex")
    inbox, api_inbox = make_inbox(account), make_inbox(account, "Shop API", "api")
    other_inbox = make_inbox(other, "Globex site")
    bob = make_member(account, make_user("Bob"))
    charlie = make_member(other, make_user("Charlie"))
    join_inbox(bob, inbox)
    join_inbox(bob, api_inbox)
    join_inbox(charlie, other_inbox)
    return Cast(
        account=account,
        other=other,
        alice=make_member(account, make_user("Alice"), Role.ADMINISTRATOR),
        bob=bob,
        charlie=charlie,
        dora=make_member(other, make_user("Dora"), Role.ADMINISTRATOR),
        inbox=inbox,
        api_inbox=api_inbox,
        other_inbox=other_inbox,
        vera=make_session(inbox),
    )


def count_queries(call: Callable[[], Any]) -> int:
    """How many statements the call asks of the database. It has to succeed."""
    with CaptureQueriesContext(connection) as captured:
        assert call().status_code == 200
    return len(captured)
