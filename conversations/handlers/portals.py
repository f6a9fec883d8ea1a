"""How a help centre gets an address of its own, by mail to whoever keeps the domain."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Account
from config.events import StoredEvent
from conversations.handlers.mails import mail_of
from conversations.models import Portal


def send_instructions(event: StoredEvent) -> None:
    """Nothing if it is gone, or has no domain any more."""
    portals = Portal.objects.for_account(event.account_id).exclude(custom_domain=None)
    portal = portals.filter(pk=event.payload["portal_id"]).first()
    if portal is None:
        return
    account = Account.objects.get(pk=event.account_id)
    named = {
        "domain": portal.custom_domain,
        "host": urlsplit(settings.PUBLIC_URL).hostname,
        "name": portal.name,
    }
    with override(account.locale):
        subject = _("Point %(domain)s to the help centre “%(name)s”") % named
        text = _(
            "The help centre “%(name)s” is to be reached at %(domain)s.\n\n"
            "Please add this record where the domain is kept:\n\n"
            "    %(domain)s  CNAME  %(host)s\n\n"
            "It may take some hours until the record is seen everywhere."
        )
    mail_of(event, to=event.payload["email"], subject=subject, text=text % named).send()
