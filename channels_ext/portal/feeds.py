"""The help centre as JSON, for what shows it elsewhere; and its map for search engines."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from django.http import Http404, HttpResponse
from rest_framework.exceptions import ValidationError

from accounts.api.base import invalid_input, problem_body
from channels_ext.portal import serializers, shapes
from channels_ext.portal.edge import public_page
from channels_ext.portal.pages import find_article
from config.rendering import to_json, without_nul
from conversations.models import Article
from conversations.queries import help_centre as queries

MOST_IN_MAP = 10_000


def _json(body: Any, status: int = 200) -> HttpResponse:
    response = HttpResponse(to_json(body), content_type="application/json", status=status)
    response["Access-Control-Allow-Origin"] = "*"  # it is public, and asked for without cookies
    return response


def _of_portal(request: Any) -> dict[str, int]:
    portal = request.visit.portal
    return {"account_id": portal.account_id, "portal_id": portal.pk}


@public_page
def articles(request: Any, locale: str, category: str = "") -> HttpResponse:
    query = serializers.PublicQuery(data=request.GET.dict())
    try:
        query.is_valid(raise_exception=True)
    except ValidationError as error:
        return _json(problem_body(invalid_input(error)), status=422)
    given = query.validated_data
    wanted = queries.Wanted(locale, given.get("query", ""), category or None).published
    rows = queries.articles(**_of_portal(request), wanted=wanted)
    number = rows.count()
    if given.get("sort") == "views":
        rows = rows.order_by("-views", "-id")
    first = (given["page"] - 1) * given["per_page"]
    payload = [shapes.public_article(row) for row in rows[first : first + given["per_page"]]]
    return _json({"payload": payload, "meta": {"articles_count": number}})


@public_page
def article(request: Any, article: str) -> HttpResponse:
    return _json({"payload": shapes.public_article(find_article(request, article))})


@public_page
def categories(request: Any, locale: str) -> HttpResponse:
    rows = queries.categories(**_of_portal(request), locale=locale)
    payload = [shapes.public_category(row) for row in rows[: queries.MOST_CATEGORIES]]
    return _json({"payload": payload, "meta": {"categories_count": len(payload)}})


@public_page
def category(request: Any, locale: str, category: str) -> HttpResponse:
    rows = queries.categories(**_of_portal(request), locale=locale)
    row = rows.filter(slug=without_nul(category)).first()
    if row is None:
        raise Http404
    return _json({"payload": shapes.public_category(row)})


@public_page
def sitemap(request: Any) -> HttpResponse:
    portal = request.visit.portal
    rows = Article.objects.for_account(portal.account_id).filter(
        portal=portal, status=Article.Status.PUBLISHED, locale__in=portal.allowed_locales
    )
    entries = [
        f"<url><loc>{escape(shapes.address_of(portal, f'/articles/{slug}'))}</loc>"
        f"<lastmod>{changed.date().isoformat()}</lastmod></url>"
        for slug, changed in rows.order_by("id").values_list("slug", "updated_at")[:MOST_IN_MAP]
    ]
    body = "\n".join(entries)
    xml = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{_MAP}">\n{body}\n</urlset>\n'
    return HttpResponse(xml, content_type="application/xml")


_MAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
