"""What inboxes say first (contract, data-model 5), and what follows when a visitor hears it."""

from __future__ import annotations

import re
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.input import clean_name
from accounts.actors import SYSTEM, Actor
from accounts.models import Membership
from accounts.permissions import Asker, require
from config.problems import Invalid, found
from conversations.actions.inbound import open_conversation
from conversations.actions.locking import Locked
from conversations.actions.messages import OUTGOING, MessageDraft, write_message
from conversations.models import Campaign, ContactInbox, Conversation, Label
from inboxes.models import Inbox

# By the kind of the inbox: a website talks to whoever is there, a number to whom it knows.
ONGOING_KINDS = ("web_widget",)
ONE_OFF_KINDS = ("twilio_sms", "sms", "whatsapp")
_PATTERN = re.compile(r"https?://[^\s<>\"]{1,2040}")
_NUMBER = """
INSERT INTO conversations_conversationcounter (account_id, last_display_id, last_campaign_id) VALUES (%s, 0, 1)
ON CONFLICT (account_id) DO UPDATE SET last_campaign_id = conversations_conversationcounter.last_campaign_id + 1
RETURNING last_campaign_id
"""


@transaction.atomic
def create_campaign(*, access: Asker, **values: Any) -> Campaign:
    """`values` as `update_campaign` takes them; title, message and inbox_id at least. Raises Forbidden, Invalid."""
    require(access, "campaign.manage")
    campaign = Campaign(account_id=access.account_id)
    _change(campaign, values)
    with connection.cursor() as cursor:
        cursor.execute(_NUMBER, [access.account_id])
        (campaign.display_id,) = cursor.fetchone()
    campaign.save()
    return campaign


@transaction.atomic
def update_campaign(*, access: Asker, display_id: int, **values: Any) -> Campaign:
    """Columns of Campaign; `sender_id` a member or None. Raises Forbidden, NotFound, Invalid."""
    campaign = _locked(access, display_id)
    if campaign.campaign_status == Campaign.Status.COMPLETED:
        raise Invalid(_("The campaign is already completed. Nothing was changed."), code="completed")
    _change(campaign, values)
    campaign.save()
    return campaign


@transaction.atomic
def delete_campaign(*, access: Asker, display_id: int) -> None:
    """Conversations that it began stay. Raises Forbidden, NotFound."""
    _locked(access, display_id).delete()


def _locked(access: Asker, display_id: int) -> Campaign:
    require(access, "campaign.manage")
    rows = Campaign.objects.for_account(access.account_id).select_for_update(no_key=True, of=("self",))
    return found(rows.filter(display_id=display_id).first())


def _change(campaign: Campaign, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(campaign, name, value)
    campaign.title = clean_name(campaign.title, field="title")
    if not campaign.message.strip():
        raise Invalid(_("Message can't be blank"), attributes=["message"])
    inboxes = Inbox.objects.for_account(campaign.account_id).filter(pk=campaign.inbox_id or 0)
    kind = inboxes.values_list("kind", flat=True).first()
    if kind not in (*ONGOING_KINDS, *ONE_OFF_KINDS):
        raise Invalid(_("A campaign needs a website, SMS or WhatsApp inbox."), attributes=["inbox_id"])
    _check_sender(campaign)
    if kind in ONGOING_KINDS:
        _make_ongoing(campaign)
    else:
        _make_one_off(campaign)


def _check_sender(campaign: Campaign) -> None:
    members = Membership.objects.for_account(campaign.account_id)
    if campaign.sender_id and not members.filter(user_id=campaign.sender_id).exists():
        raise Invalid(_("The sender must be a member of this account."), attributes=["sender_id"])


def _make_ongoing(campaign: Campaign) -> None:
    campaign.campaign_type = Campaign.Type.ONGOING
    campaign.scheduled_at, campaign.audience = None, []
    rules = campaign.trigger_rules
    seconds = rules.get("time_on_page")
    if not isinstance(rules.get("url"), str) or not _PATTERN.fullmatch(rules["url"]):
        text = _("The page must be an address that begins with http:// or https://; * stands for anything.")
        raise Invalid(text, attributes=["trigger_rules"])
    if seconds is not None and (
        isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 86_400
    ):
        raise Invalid(_("The time on the page must be a number of seconds."), attributes=["trigger_rules"])


def _make_one_off(campaign: Campaign) -> None:
    campaign.campaign_type = Campaign.Type.ONE_OFF
    campaign.scheduled_at = campaign.scheduled_at or timezone.now()
    campaign.trigger_rules = {}
    ids = [one.get("id") for one in campaign.audience if isinstance(one, dict) and one.get("type") == "Label"]
    labels = Label.objects.for_account(campaign.account_id)
    known = labels.filter(pk__in=[one for one in ids if isinstance(one, int)]).count()
    if not ids or len(ids) < len(campaign.audience) or known < len(set(ids)):
        raise Invalid(_("The audience must be labels of this account."), attributes=["audience"])


@transaction.atomic
def trigger_campaign(*, session: ContactInbox, display_id: int) -> bool:
    """The visitor's page says that it is time: a conversation begins with the campaign's words. Not for who talks
    here already, nor for a campaign that is over or of another inbox. Returns whether it began."""
    rows = Campaign.objects.for_account(session.account_id).filter(
        inbox_id=session.inbox_id,
        enabled=True,
        campaign_type=Campaign.Type.ONGOING,
        campaign_status=Campaign.Status.ACTIVE,
    )
    campaign = rows.select_related("sender").filter(display_id=display_id).first()
    if campaign is None or session.contact.blocked:
        return False
    # The session's row is locked, so that two tabs begin one conversation.
    ContactInbox.objects.for_account(session.account_id).select_for_update().get(pk=session.pk)
    talks = Conversation.objects.for_account(session.account_id).filter(contact_inbox=session)
    if talks.exists():
        return False
    _begin(session, campaign)
    return True


def _begin(session: ContactInbox, campaign: Campaign) -> None:
    sender = campaign.sender
    actor = Actor("user", sender.pk, sender.available_name) if sender else SYSTEM
    locked: Locked = open_conversation(
        session=session, actor=actor, additional_attributes={}, custom_attributes={}
    )
    Conversation.objects.for_account(session.account_id).filter(pk=locked.id).update(
        campaign=campaign, waiting_since=None
    )
    draft = MessageDraft(
        content=campaign.message,
        additional_attributes={"campaign_id": campaign.pk},
        echo_id=f"campaign-{campaign.pk}",
    )
    # Nobody has waited for it, and it is no answer of a person: so no first reply is measured.
    locked.waiting_since, locked.first_reply_created_at = None, timezone.now()
    write_message(actor=actor, locked=locked, draft=draft, kind=OUTGOING)
