"""Help centres as programs see them (contract, 3.5 and 5.5), from rows loaded with their neighbours."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.shapes import Row
from conversations import blobs, shapes
from conversations.models import Article, Category, Portal
from conversations.queries.help_centre import Figures

STATUSES = ("draft", "published", "archived")


def portal(row: Portal, figures: Figures, *, inbox: Row | None) -> Row:
    shape: Row = {
        "id": row.pk,
        "color": row.color,
        "custom_domain": row.custom_domain,
        "header_text": row.header_text,
        "homepage_link": row.homepage_link,
        "name": row.name,
        "page_title": row.page_title,
        "slug": row.slug,
        "archived": row.archived,
        "account_id": row.account_id,
        "config": {
            "allowed_locales": [
                {
                    "code": code,
                    "articles_count": figures.by_locale[code],
                    "categories_count": figures.categories[code],
                }
                for code in row.allowed_locales
            ]
        },
        "meta": _meta(row, figures),
    }
    if inbox is not None:
        shape["inbox"] = inbox
    if row.logo is not None:
        shape["logo"] = _logo(row)
    return shape


def config_of(row: Portal) -> Row:
    return {"allowed_locales": row.allowed_locales, "default_locale": row.default_locale}


def _meta(row: Portal, figures: Figures) -> Row:
    draft, published, archived = (figures.by_status[number] for number in range(3))
    return {
        "all_articles_count": figures.articles,
        "archived_articles_count": archived,
        "published_count": published,
        "draft_articles_count": draft,
        "mine_articles_count": figures.mine,
        "categories_count": figures.categories.total(),
        "default_locale": row.default_locale,
    }


def _logo(row: Portal) -> Row:
    assert row.logo is not None
    return {
        "id": row.logo.pk,
        "portal_id": row.pk,
        "file_type": row.logo.content_type,
        "account_id": row.account_id,
        "file_url": blobs.address(row.logo),
        "blob_id": row.logo.pk,
        "filename": row.logo.file_name,
    }


def slim_category(row: Category) -> Row:
    return {"id": row.pk, "name": row.name, "slug": row.slug, "locale": row.locale}


def category(row: Any) -> Row:
    """`row.articles_count` as the query counts it."""
    shape: Row = {
        "id": row.pk,
        "name": row.name,
        "slug": row.slug,
        "locale": row.locale,
        "description": row.description,
        "position": row.position,
        "account_id": row.account_id,
        "icon": row.icon,
        "meta": {"articles_count": row.articles_count},
    }
    related = [slim_category(link.related_category) for link in row.links.all()]
    if related:
        shape["related_categories"] = related
    for key, other in (
        ("parent_category", row.parent_category),
        ("root_category", row.associated_category),
    ):
        if other is not None:
            shape[key] = slim_category(other)
    return shape


def article(row: Article, authors: dict[int, Row]) -> Row:
    """`authors`: AGENT by user id; whoever has left is not named."""
    shape: Row = {
        "id": row.pk,
        "slug": row.slug,
        "title": row.title,
        "content": row.content,
        "description": row.description,
        "status": STATUSES[row.status],
        "position": row.position,
        "account_id": row.account_id,
        "updated_at": shapes.ts(row.updated_at),
        "meta": row.meta,
        "category": _category_of(row),
        "views": row.views,
    }
    if row.author_id in authors:
        shape["author"] = authors[row.author_id]
    translations = [_other(one) for one in row.translations.all()]
    if translations:
        shape["associated_articles"] = translations
    return shape


def _category_of(row: Article) -> Row:
    if row.category is None:
        return dict.fromkeys(("id", "name", "slug", "locale"))
    return slim_category(row.category)


def _other(row: Article) -> Row:
    return {"id": row.pk, "title": row.title, "slug": row.slug, "locale": row.locale, "views": row.views}


# --- what readers get ------------------------------------------------------------------------------------------
def public_portal(row: Portal) -> Row:
    keys = ("custom_domain", "header_text", "homepage_link", "name", "page_title", "slug", "color")
    return {key: getattr(row, key) for key in keys}


def public_article(row: Article) -> Row:
    shape: Row = {
        "id": row.pk,
        "category_id": row.category_id,
        "title": row.title,
        "content": row.content,
        "description": row.description,
        "status": STATUSES[row.status],
        "position": row.position,
        "account_id": row.account_id,
        "last_updated_at": shapes.iso(row.updated_at),
        "slug": row.slug,
        "portal": public_portal(row.portal),
        "views": row.views,
        "link": f"hc/{row.portal.slug}/articles/{row.slug}",
    }
    if row.category is not None:
        shape["category"] = {key: getattr(row.category, key) for key in ("id", "slug", "locale")}
    if row.author is not None:
        # Readers are strangers: a name, and no address.
        shape["author"] = {"id": row.author.pk, "available_name": row.author.available_name, "avatar_url": ""}
    others = [_other(one) for one in row.translations.all() if one.status == Article.Status.PUBLISHED]
    if others:
        shape["associated_articles"] = others
    return shape


def public_category(row: Any) -> Row:
    shape = category(row)
    return {key: value for key, value in shape.items() if key not in {"account_id"}}


def address_of(row: Portal, rest: str = "") -> str:
    return f"{settings.PUBLIC_URL}/hc/{row.slug}{rest}"
