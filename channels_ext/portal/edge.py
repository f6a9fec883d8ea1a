"""The door of the public help centre: a slug names a portal, and it an account. Nobody signs in here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.http import require_safe

from accounts.models import Account
from accounts.views.errors import problem_page
from channels_ext.visitor_api import client_address, may_exist
from config.database import account_scope, platform_scope
from config.problems import Problem
from config.throttling import allow
from conversations.models import Portal

View = Callable[..., HttpResponse]
_THEMES = ("dark", "light")


@dataclass(frozen=True)
class Look:
    """How the page is to be shown: without its frame, for what embeds it; and in a light or dark dress."""

    plain: bool = False
    theme: str = ""

    @property
    def query(self) -> str:
        """To be kept by every link: "" or "?…"."""
        kept = {"show_plain_layout": "true"} if self.plain else {}
        kept |= {"theme": self.theme} if self.theme else {}
        return f"?{urlencode(kept)}" if kept else ""


@dataclass
class Visit:
    portal: Portal
    look: Look = field(default_factory=Look)
    locale: str = ""

    def address(self, rest: str = "") -> str:
        return f"/hc/{self.portal.slug}{rest}{self.look.query}"

    def in_locale(self, rest: str = "", locale: str = "") -> str:
        return self.address(f"/{locale or self.locale}{rest}")


def public_page(view: View) -> View:
    """Gives `request.visit`. 404 for what is unknown, archived, of a suspended account, or in a language that the
    portal does not speak."""

    @require_safe
    @wraps(view)
    def at_the_door(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        try:
            allow("visitor_ip", client_address(request))  # a search reads all articles, the pixel writes
        except Problem as problem:
            return problem_page(request, problem)
        portal = _portal(slug)
        visit = Visit(portal, _look(request), kwargs.get("locale") or portal.default_locale)
        if visit.locale not in portal.allowed_locales:
            raise Http404
        request.visit = visit  # type: ignore[attr-defined]
        with account_scope(portal.account_id), translation.override(language_of(visit.locale)):
            response = view(request, **kwargs)
        return _with_policy(request, response, visit.look)

    return at_the_door


def _portal(slug: str) -> Portal:
    with platform_scope("a help centre's slug names a portal whose account is not known yet"):
        rows = Portal.objects.select_related("logo")
        rows = rows.filter(slug=slug[:255], archived=False, account__status=Account.Status.ACTIVE)
        portal = rows.first() if may_exist(slug) else None
    if portal is None:
        raise Http404
    return portal


def slug_of_domain(host: str) -> str | None:
    """Of the portal that has this domain (with or without a port), if it may be read."""
    domain = urlsplit(f"//{host}").hostname
    if domain == urlsplit(settings.PUBLIC_URL).hostname:
        return None  # most requests: nothing to look up
    with platform_scope("a domain names a help centre whose account is not known yet"):
        rows = Portal.objects.filter(
            custom_domain=domain, archived=False, account__status=Account.Status.ACTIVE
        )
        return rows.values_list("slug", flat=True).first()


def _look(request: HttpRequest) -> Look:
    theme = request.GET.get("theme", "")
    plain = request.GET.get("show_plain_layout") == "true"
    return Look(plain=plain, theme=theme if theme in _THEMES else "")


def language_of(locale: str) -> str:
    """What our own words are in: the portal's language, if we speak it."""
    names = {"zh_CN": "zh-hans", "zh": "zh-hans"}
    try:
        return translation.get_supported_language_variant(names.get(locale, locale.replace("_", "-")))
    except LookupError:
        return "en"


def _with_policy(request: HttpRequest, response: HttpResponse, look: Look) -> HttpResponse:
    """Articles show pictures from anywhere. What is made to be embedded may be framed by anybody: it shows what is
    public, and nobody is signed in."""
    usual = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    schemes = ["https:"] if settings.PUBLIC_URL.startswith("https:") else ["https:", "http:"]
    policy: dict[str, Any] = {"img-src": [*usual["img-src"], *schemes]}
    if look.plain:
        policy["frame-ancestors"] = ["*"]
        response.xframe_options_exempt = True
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.setdefault("Cache-Control", "public, max-age=60")
    answered: Any = csp_replace(policy)(lambda _request: response)
    return answered(request)
