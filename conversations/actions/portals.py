"""Help centres as their administrators keep them."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_domain_name
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.actions.audit import record_audit
from accounts.actions.input import clean_email, clean_name, clean_web_address
from accounts.permissions import Asker, require
from config.events import publish
from config.problems import Invalid, found
from config.rendering import without_nul
from config.throttling import allow
from conversations.actions.blobs import use_blobs
from conversations.events import PortalInstructionsRequested
from conversations.models import Article, BlobUse, InboxPortal, Portal
from conversations.queries.blobs import picture_of
from inboxes.models import Inbox

MOST_LOCALES = 100
_SLUG = re.compile(r"[\w-]{1,255}")
_LOCALE = re.compile(r"[a-zA-Z]{2,3}(?:[_-][a-zA-Z0-9]{2,8})?")
_COLOR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def clean_slug(text: str, *, field: str = "slug") -> str:
    """What an address may have between two strokes: letters of any script, digits, - and _. Raises Invalid."""
    if not _SLUG.fullmatch(text):
        message = _("Slug may have letters, digits, - and _ only, and has to have one of them.")
        raise Invalid(message, attributes=[field])
    return text


def lock_portal(*, access: Asker, slug: str) -> Portal:
    """To be changed. Raises Forbidden, NotFound."""
    require(access, "knowledge.manage")
    rows = Portal.objects.for_account(access.account_id).select_for_update(no_key=True, of=("self",))
    return found(rows.filter(slug=without_nul(slug)).first())


@transaction.atomic
def create_portal(*, access: Asker, **values: Any) -> Portal:
    """`values` are what `update_portal` takes; name and slug at least. Raises Forbidden, Invalid."""
    require(access, "knowledge.manage")
    portal = Portal(account_id=access.account_id)
    _change(portal, access, values)
    _audit(access, portal, "portal.created")
    return portal


@transaction.atomic
def update_portal(*, access: Asker, portal_slug: str, **values: Any) -> Portal:
    """Columns of Portal; `config` {allowed_locales, default_locale}, `inbox_id` and `logo` (a signed id) beside them.
    Raises Forbidden, NotFound, Invalid."""
    portal = lock_portal(access=access, slug=portal_slug)
    _change(portal, access, values)
    _audit(access, portal, "portal.updated")
    return portal


@transaction.atomic
def remove_logo(*, access: Asker, slug: str) -> None:
    """Raises Forbidden, NotFound."""
    portal = lock_portal(access=access, slug=slug)
    portal.logo = None
    portal.save(update_fields=["logo", "updated_at"])
    use_blobs(account_id=access.account_id, subject=_subject(portal), blob_ids=[])


@transaction.atomic
def delete_portal(*, access: Asker, slug: str) -> None:
    """With all that is in it. Raises Forbidden, NotFound."""
    portal = lock_portal(access=access, slug=slug)
    articles = Article.objects.for_account(access.account_id).filter(portal=portal)
    subjects = [_subject(portal), *(f"article:{pk}" for pk in articles.values_list("pk", flat=True))]
    BlobUse.objects.filter(account_id=access.account_id, subject__in=subjects).delete()
    _audit(access, portal, "portal.deleted")
    portal.delete()


@transaction.atomic
def send_instructions(*, access: Asker, slug: str, email: str) -> None:
    """By mail: how the portal's own domain is pointed here. Raises Forbidden, NotFound, Invalid, TooMany."""
    portal = lock_portal(access=access, slug=slug)
    address = clean_email(email)
    if not portal.custom_domain:
        raise Invalid(
            _("This help centre has no domain of its own yet. Nothing was sent."),
            attributes=["custom_domain"],
        )
    allow("transcript", access.account_id)
    publish(
        PortalInstructionsRequested(
            account_id=access.account_id, portal_id=portal.pk, email=address, actor=access.actor.as_payload()
        )
    )


@transaction.atomic
def set_inbox_portal(*, access: Asker, inbox: Inbox, portal_id: int | None) -> None:
    """The help centre that the inbox points its visitors to. Raises Forbidden, Invalid."""
    require(access, "inbox.manage", inbox)
    links = InboxPortal.objects.for_account(access.account_id)
    if portal_id is None:
        links.filter(inbox=inbox).delete()
        return
    if not Portal.objects.for_account(access.account_id).filter(pk=portal_id).exists():
        raise Invalid(_("There is no such help centre. Nothing was changed."), attributes=["portal_id"])
    links.update_or_create(
        inbox=inbox,
        defaults={"portal_id": portal_id},
        create_defaults={"account_id": access.account_id, "portal_id": portal_id},
    )


def _subject(portal: Portal) -> str:
    return f"portal:{portal.pk}"


def _change(portal: Portal, access: Asker, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name in _COLUMNS:
            setattr(portal, name, _COLUMNS[name](value))
    if values.get("config") is not None:
        _set_locales(portal, values["config"])
    if "inbox_id" in values:
        portal.inbox_id = _widget(access, values["inbox_id"])
    if values.get("logo"):
        text = _("The logo has to be a picture that was uploaded before. Nothing was changed.")
        portal.logo = picture_of(values["logo"], account_id=access.account_id, field="blob_id", text=text)
    _save(portal)
    if values.get("logo"):
        use_blobs(account_id=portal.account_id, subject=_subject(portal), blob_ids=[portal.logo_id or 0])


def _save(portal: Portal) -> None:
    try:
        with transaction.atomic():
            portal.save()
    except IntegrityError as error:
        field = "custom_domain" if "custom_domain" in str(error) else "slug"
        words = {
            "slug": _("Slug has already been taken"),
            "custom_domain": _("Domain has already been taken"),
        }
        raise Invalid(words[field], attributes=[field]) from None


def _domain(value: str | None) -> str | None:
    text = (value or "").strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    if not text:
        return None
    try:
        if "." not in text:
            raise ValidationError("no dot")
        validate_domain_name(text)
        URLValidator(schemes=["https"])(f"https://{text}")
    except ValidationError:
        raise Invalid(
            _("Custom domain must be a name such as help.example.com."), attributes=["custom_domain"]
        ) from None
    return text


def _color(value: str | None) -> str:
    if value and not _COLOR.fullmatch(value):
        raise Invalid(_("Color must be written like #2f5fd7."), attributes=["color"])
    return value or ""


def _homepage(value: str | None) -> str:
    return clean_web_address(value, field="homepage_link") if value else ""


_COLUMNS: dict[str, Any] = {
    "name": clean_name,
    "slug": clean_slug,
    "custom_domain": _domain,
    "color": _color,
    "homepage_link": _homepage,
    "page_title": lambda value: value or "",
    "header_text": lambda value: value or "",
    "archived": bool,
}


def clean_locale(value: object, *, field: str) -> str:
    """The code of a language, as "pt_BR". Raises Invalid."""
    if not isinstance(value, str) or not _LOCALE.fullmatch(value):
        raise Invalid(_("Locale must be the code of a language, like en or pt_BR."), attributes=[field])
    return value


def _set_locales(portal: Portal, config: dict[str, Any]) -> None:
    given = config.get("allowed_locales")
    if given is not None:
        if not isinstance(given, list) or not given or len(given) > MOST_LOCALES:
            raise Invalid(_("allowed_locales must be a list of languages."), attributes=["config"])
        portal.allowed_locales = list(dict.fromkeys(clean_locale(one, field="config") for one in given))
    if config.get("default_locale") is not None:
        portal.default_locale = clean_locale(config["default_locale"], field="config")
    elif portal.default_locale not in portal.allowed_locales:
        portal.default_locale = portal.allowed_locales[0]
    if portal.default_locale not in portal.allowed_locales:
        raise Invalid(_("The default language must be one of the allowed ones."), attributes=["config"])


def _widget(access: Asker, inbox_id: int | None) -> int | None:
    if inbox_id is None:
        return None
    inboxes = Inbox.objects.for_account(access.account_id).filter(pk=inbox_id, kind="web_widget")
    if not inboxes.exists():
        raise Invalid(_("There is no such website inbox. Nothing was changed."), attributes=["inbox_id"])
    return inbox_id


def _audit(access: Asker, portal: Portal, action: str) -> None:
    record_audit(actor=access.actor, account_id=access.account_id, action=action, subject=portal)
