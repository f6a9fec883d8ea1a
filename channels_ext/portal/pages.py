"""The help centre's pages (contract, 5.5): they work without a script, on a phone, and inside the widget."""

from __future__ import annotations

import base64
import re
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from channels_ext.portal.edge import Visit, language_of, public_page, slug_of_domain
from channels_ext.portal.languages import direction_of, name_of
from channels_ext.portal.shapes import address_of
from config.rendering import without_nul
from conversations.actions.articles import count_view
from conversations.article_texts import shown
from conversations.blobs import address
from conversations.models import Article, Category
from conversations.queries import help_centre as queries

PAGE = 25
IN_CARD = 4  # articles named in a category's card
_COLOUR = re.compile(r"[0-9a-f]{6}")
_PIXEL = base64.b64decode(b"R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def _page(request: Any, template: str, **found: Any) -> HttpResponse:
    visit: Visit = request.visit
    portal = visit.portal
    common = {
        "visit": visit,
        "portal": portal,
        "logo": address(portal.logo) if portal.logo else "",
        "colour": _hex_of(portal.color),
        "direction": direction_of(visit.locale),
        "home": visit.in_locale(),
        "search_at": f"/hc/{portal.slug}/{visit.locale}/articles",
        "languages": [(name_of(code), visit.in_locale("", code), code) for code in portal.allowed_locales],
    }
    return render(request, f"portal/{template}.html", {**common, **found})


def _of_portal(request: Any) -> dict[str, int]:
    portal = request.visit.portal
    return {"account_id": portal.account_id, "portal_id": portal.pk}


@public_page
def front_door(request: Any) -> HttpResponse:
    return HttpResponseRedirect(request.visit.in_locale())


def root(request: HttpRequest) -> HttpResponse:
    """The site's own beginning: on the domain of a help centre that one, else the dashboard."""
    slug = slug_of_domain(request.get_host())
    return HttpResponseRedirect(f"/hc/{slug}" if slug else "/app/")


@public_page
def home(request: Any, locale: str) -> HttpResponse:
    """What is read most, and the categories with their first articles."""
    published = queries.Wanted(locale=locale).published
    articles = queries.articles(**_of_portal(request), wanted=published)
    cards = _cards(request, locale)
    return _page(
        request,
        "home",
        popular=_links(request, articles.order_by("-views", "-id")[: queries.POPULAR]),
        cards=cards,
        loose=_links(request, articles.filter(category=None)[:PAGE]),
        canonical=address_of(request.visit.portal, f"/{locale}"),
    )


def _cards(request: Any, locale: str) -> list[dict[str, Any]]:
    first = queries.first_of_categories(**_of_portal(request), locale=locale, most=IN_CARD)
    cards = []
    for category, number in queries.shown_categories(**_of_portal(request), locale=locale):
        links = _links(request, first.get(category.pk, []))
        at = request.visit.in_locale(f"/categories/{category.slug}")
        cards.append({"category": category, "address": at, "number": number, "articles": links})
    return cards


def _links(request: Any, rows: Any) -> list[dict[str, str]]:
    return [
        {
            "title": row.title,
            "description": row.description,
            "address": request.visit.address(f"/articles/{row.slug}"),
        }
        for row in rows
    ]


@public_page
def articles(request: Any, locale: str) -> HttpResponse:
    """All of a language, or those that a search finds."""
    query = without_nul(request.GET.get("query", ""))[:500].strip()
    rows = queries.articles(
        **_of_portal(request), wanted=queries.Wanted(locale=locale, query=query).published
    )
    found = _paged(request, rows, query=query)
    canonical = address_of(request.visit.portal, f"/{locale}/articles")
    return _page(request, "articles", query=query, canonical=canonical, **found)


def _paged(request: Any, rows: QuerySet[Article], **kept: str) -> dict[str, Any]:
    given = request.GET.get("page", "")
    page = max(1, int(given)) if given.isascii() and given.isdigit() and len(given) < 5 else 1
    loaded = list(rows[(page - 1) * PAGE : page * PAGE + 1])
    kept = {name: value for name, value in kept.items() if value}
    look = request.visit.look
    kept |= {"show_plain_layout": "true"} if look.plain else {}
    kept |= {"theme": look.theme} if look.theme else {}

    def at(number: int) -> str:
        return "?" + urlencode({**kept, "page": str(number)})

    return {
        "articles": _links(request, loaded[:PAGE]),
        "earlier": at(page - 1) if page > 1 else "",
        "later": at(page + 1) if len(loaded) > PAGE else "",
    }


@public_page
def category(request: Any, locale: str, category: str) -> HttpResponse:
    found = _category(request, locale, category)
    wanted = queries.Wanted(locale=locale, category_slug=found.slug).published
    rows = queries.articles(**_of_portal(request), wanted=wanted)
    canonical = address_of(request.visit.portal, f"/{locale}/categories/{found.slug}")
    return _page(request, "category", category=found, canonical=canonical, **_paged(request, rows))


def _category(request: Any, locale: str, slug: str) -> Category:
    rows = queries.categories(**_of_portal(request), locale=locale)
    found: Category | None = rows.filter(slug=without_nul(slug)).first()
    if found is None:
        raise Http404
    return found


def find_article(request: Any, slug: str) -> Article:
    """A published one. Raises Http404."""
    found = queries.find_article(
        **_of_portal(request), slug=without_nul(slug), status=Article.Status.PUBLISHED
    )
    if found is None:
        raise Http404
    return found


@public_page
def article(request: Any, article: str) -> HttpResponse:
    found = find_article(request, article)
    visit: Visit = request.visit
    visit.locale = found.locale
    others = [one for one in found.translations.all() if one.status == Article.Status.PUBLISHED]
    with translation.override(language_of(found.locale)):
        return _page(
            request,
            "article",
            article=found,
            shown=shown(found.content),
            translations=[(name_of(one.locale), visit.address(f"/articles/{one.slug}")) for one in others],
            category_at=_category_address(visit, found),
            pixel=f"/hc/{visit.portal.slug}/articles/{found.slug}.png",
            canonical=address_of(visit.portal, f"/articles/{found.slug}"),
            description=found.meta.get("description") or found.description,
        )


def _category_address(visit: Visit, row: Article) -> str:
    return visit.in_locale(f"/categories/{row.category.slug}") if row.category else ""


@public_page
def pixel(request: Any, article: str) -> HttpResponse:
    """Counts that somebody has opened the page: a page itself may come from a cache."""
    found = find_article(request, article)
    if request.method == "GET":
        count_view(account_id=found.account_id, article_id=found.pk)
    response = HttpResponse(_PIXEL, content_type="image/gif")
    response["Cache-Control"] = "no-store"
    return response


def _hex_of(colour: str) -> str:
    """Six digits; "" for none."""
    digits = colour.removeprefix("#").lower()
    if len(digits) == 3:
        digits = "".join(one * 2 for one in digits)
    return digits if _COLOUR.fullmatch(digits) else ""


@require_safe
def colours(request: HttpRequest, colour: str) -> HttpResponse:
    """The portal's colour as a style sheet: the policy of the page allows no style in it."""
    if not _COLOUR.fullmatch(colour):
        raise Http404
    ink = "#fff" if _luminance(colour) < 0.4 else "#16191d"
    css = f":root {{ --brand: #{colour}; --on-brand: {ink}; }}\n"
    response = HttpResponse(css, content_type="text/css")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _luminance(colour: str) -> float:
    """Relative, as WCAG 2 has it: 0 black, 1 white."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
