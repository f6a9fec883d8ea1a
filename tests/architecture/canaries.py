"""One row of every tenant model in each of two accounts, and beside them rows that nothing points to yet."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from guardian.shortcuts import assign_perm

from accounts.models import AccountAnswer, AgentBot, AuditEntry, DashboardApp, Role
from automation.models import AutomationRule, IntegrationHook, Macro, WebhookDelivery, WebhookPause
from channels_ext.models import Delivery
from config.database import account_scope
from config.models import HandlerRun, OutboxEvent, StoredFile
from conversations.models import (
    AppliedSla,
    Article,
    Attachment,
    Blob,
    BlobUse,
    Campaign,
    CannedResponse,
    Category,
    CategoryLink,
    Company,
    Contact,
    ContactLabel,
    Conversation,
    ConversationLabel,
    CustomAttributeDefinition,
    CustomFilter,
    DataImport,
    Draft,
    InboxPortal,
    Label,
    Mention,
    Message,
    Note,
    Notification,
    Participant,
    Portal,
    SlaEvent,
    SlaPolicy,
    SurveyResponse,
)
from inboxes.models import (
    AssignmentPolicy,
    BotInbox,
    CapacityLimit,
    CapacityMember,
    CapacityPolicy,
    Inbox,
    InboxAssignmentPolicy,
    Webhook,
    WorkingHours,
)
from reports.models import ReportingEvent
from tests import factories
from tests.factories import Cast

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def fill(cast: Cast) -> None:
    for account, inbox, member in (
        (cast.account, cast.inbox, cast.bob),
        (cast.other, cast.other_inbox, cast.charlie),
    ):
        _fill(account, inbox, member)


def _fill(account: Any, inbox: Inbox, member: Any) -> None:
    spare = factories.make_member(account, factories.make_user("Spare"), Role.AGENT)
    factories.make_inbox(account, "API", "api")
    team = factories.make_team(account, "team", member)
    factories.make_team(account, "empty team")
    conversation = factories.make_conversation(inbox)
    answer = factories.say(member, conversation.display_id)
    factories.make_conversation(inbox)
    with account_scope(account.pk):
        # Without a channel, a member, a conversation: so that pointing to it breaks no unique key first.
        Inbox.objects.create(account=account, name="bare", kind="bare")
        AccountAnswer.objects.create(account=account, key_digest="a", request_digest="b", status=200)
        contact = Contact.objects.create(account=account, name="bare")
        ContactLabel.objects.create(account=account, contact=contact, title="label")
        Note.objects.create(account=account, contact=contact, user=member.user, content="note")
        CannedResponse.objects.create(account=account, short_code="hi", content="Hello")
        CustomAttributeDefinition.objects.create(
            account=account, attribute_key="plan", attribute_display_name="Plan"
        )
        CustomFilter.objects.create(account=account, membership=member, name="mine")
        DashboardApp.objects.create(account=account, title="app", content=[])
        Webhook.objects.create(account=account, url="https://shop.test/hook", inbox=inbox)
        WorkingHours.objects.create(account=account, inbox=inbox, day_of_week=1)
        Draft.objects.create(account=account, conversation=conversation, membership=member, content="dr")
        Participant.objects.create(account=account, conversation=conversation, membership=member)
        Mention.objects.create(
            account=account, conversation=conversation, membership=member, mentioned_at=NOW
        )
        DataImport.objects.create(account=account, user=member.user, content="name")
        bot = AgentBot.objects.create(account=account, name="bot")
        BotInbox.objects.create(account=account, inbox=inbox, agent_bot=bot)
        AuditEntry.objects.create(
            account=account, actor_kind="system", action="x", subject_type="x", subject_id=1
        )
        Label.objects.create(account=account, title="label")
        Conversation.objects.filter(pk=conversation.pk).update(labels=["label"])
        ConversationLabel.objects.create(account=account, conversation=conversation, title="label")
        Attachment.objects.create(account=account, message_id=answer["id"])
        blob = Blob.objects.create(account=account, file_name="a.png", byte_size=1)
        BlobUse.objects.create(account=account, blob=blob, subject="article:1")
        Blob.objects.create(account=account, file_name="b.png", byte_size=1)
        _fill_help_centre(account, inbox, member, blob)
        StoredFile.objects.create(account_id=account.pk, name=f"attachments/{account.pk}/canary", size=1)
        capacity = CapacityPolicy.objects.create(account=account, name="ten")
        CapacityPolicy.objects.create(account=account, name="spare")
        CapacityMember.objects.create(account=account, policy=capacity, membership=member)
        CapacityLimit.objects.create(account=account, policy=capacity, inbox=inbox, conversation_limit=10)
        Company.objects.create(account=account, name="company", domain="company.test")
        order = AssignmentPolicy.objects.create(account=account, name="fair")
        AssignmentPolicy.objects.create(account=account, name="spare")
        InboxAssignmentPolicy.objects.create(account=account, inbox=inbox, assignment_policy=order)
        policy = SlaPolicy.objects.create(account=account, name="gold")
        campaign = Campaign.objects.create(
            account=account, display_id=1, inbox=inbox, title="hello", message="hello", sender=member.user
        )
        applied = AppliedSla.objects.create(account=account, sla_policy=policy, conversation=conversation)
        SlaEvent.objects.create(account=account, applied_sla=applied, event_type=0)
        SurveyResponse.objects.create(
            account=account, conversation=conversation, message_id=answer["id"], contact=contact, rating=5
        )
        Message.objects.create(
            account=account, inbox=inbox, conversation=conversation, message_type=1, sender_bot=bot
        )
        Message.objects.create(account=account, inbox=inbox, conversation=conversation, message_type=2)
        type(conversation).objects.filter(pk=conversation.pk).update(
            assignee=spare, team=team, campaign=campaign, sla_policy=policy
        )
        Delivery.objects.create(
            account=account,
            inbox=inbox,
            conversation=conversation,
            message_id=answer["id"],
            key="key",
            event_name="message.created",
            url="https://shop.test",
            body="{}",
        )
        ReportingEvent.objects.create(
            account=account,
            name="first_response",
            value=1.0,
            event_start_time=NOW,
            event_end_time=NOW,
            inbox=inbox,
            user=member.user,
            conversation=conversation,
        )
        Notification.objects.create(
            account=account,
            membership=member,
            conversation=conversation,
            notification_type=2,
            outbox_event_id=1,
        )
        hook = Webhook.objects.create(account=account, url="https://hooks.shop.test/")
        WebhookDelivery.objects.create(
            account=account, webhook=hook, key="key", event_name="x", lane="x", body="{}"
        )
        WebhookPause.objects.create(account=account, webhook=hook, reason="x")
        AutomationRule.objects.create(account=account, name="rule", event_name="message_created")
        Macro.objects.create(account=account, name="macro")
        IntegrationHook.objects.create(account=account, app_id="slack", inbox=inbox)
        event = OutboxEvent.objects.create(account_id=account.pk, name="x", payload={})
        HandlerRun.objects.create(event=event, account_id=account.pk, handler="a.b")
        assign_perm("inboxes.manage_inbox", member.user, inbox)


def _fill_help_centre(account: Any, inbox: Inbox, member: Any, logo: Blob) -> None:
    """Called within the account's scope. The second of each is pointed to by nothing."""
    portal = Portal.objects.create(
        account=account, name="help", slug=f"help-{account.pk}", inbox=inbox, logo=logo
    )
    Portal.objects.create(account=account, name="spare", slug=f"spare-{account.pk}")
    InboxPortal.objects.create(account=account, inbox=inbox, portal=portal)
    named: dict[str, Any] = {"account": account, "portal": portal}
    root = Category.objects.create(**named, name="root", slug="root")
    category = Category.objects.create(
        **named, name="part", slug="part", parent_category=root, associated_category=root
    )
    Category.objects.create(**named, name="spare", slug="spare")
    CategoryLink.objects.create(account=account, category=category, related_category=root)
    first = Article.objects.create(**named, title="first", slug="first")
    Article.objects.create(
        **named,
        title="second",
        slug="second",
        category=category,
        author=member.user,
        associated_article=first,
    )
    Article.objects.create(**named, title="spare", slug="spare")
