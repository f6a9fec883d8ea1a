"""Categories and articles of a help centre."""

from __future__ import annotations

import secrets
import time
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.actions.input import clean_name
from accounts.models import Membership
from accounts.permissions import Asker
from config.problems import Invalid, found
from conversations.actions.blobs import use_blobs
from conversations.actions.portals import clean_locale, clean_slug, lock_portal
from conversations.article_texts import blobs_in
from conversations.models import Article, BlobUse, Category, CategoryLink, Portal

STEP = 10  # between the positions of two articles, so that one fits in between


# --- categories -----------------------------------------------------------------------------------------------
@transaction.atomic
def create_category(*, access: Asker, portal_slug: str, **values: Any) -> Category:
    """`values` as `update_category` takes them; name and slug at least. Raises Forbidden, NotFound, Invalid."""
    portal = lock_portal(access=access, slug=portal_slug)
    category = Category(account_id=access.account_id, portal=portal, locale=portal.default_locale)
    return _change_category(category, portal, values)


@transaction.atomic
def update_category(*, access: Asker, portal_slug: str, category_id: int, **values: Any) -> Category:
    """Columns of Category, and `related_category_ids`. Raises Forbidden, NotFound, Invalid."""
    portal = lock_portal(access=access, slug=portal_slug)
    return _change_category(_category(portal, category_id), portal, values)


@transaction.atomic
def delete_category(*, access: Asker, portal_slug: str, category_id: int) -> None:
    """Its articles stay, without one. Raises Forbidden, NotFound."""
    _category(lock_portal(access=access, slug=portal_slug), category_id).delete()


def _category(portal: Portal, category_id: int) -> Category:
    rows = Category.objects.for_account(portal.account_id).filter(portal=portal)
    return found(rows.filter(pk=category_id).first())


def _change_category(category: Category, portal: Portal, values: dict[str, Any]) -> Category:
    related = values.pop("related_category_ids", None)
    if "name" in values:
        values["name"] = clean_name(values["name"])
    if "slug" in values:
        values["slug"] = clean_slug(values["slug"])
    for name, value in values.items():
        setattr(category, name, value)
    _check_locale(category.locale, portal)
    _check_neighbours(category, portal)
    if category.associated_category_id:
        category.associated_category_id = _root(Category, category.associated_category_id)
    _save(category)
    if related is not None:
        _set_related(category, portal, related)
    return category


def _check_locale(locale: str, portal: Portal) -> None:
    if clean_locale(locale, field="locale") not in portal.allowed_locales:
        text = _("Locale must be one of this help centre's: %(locales)s.")
        raise Invalid(text % {"locales": ", ".join(portal.allowed_locales)}, attributes=["locale"])


def _check_neighbours(category: Category, portal: Portal) -> None:
    named = {category.parent_category_id, category.associated_category_id} - {None}
    known = Category.objects.for_account(portal.account_id).filter(portal=portal, pk__in=named)
    if category.pk in named or known.count() < len(named):
        raise Invalid(_("There is no such category beside this one."), attributes=["parent_category_id"])


def _root(model: Any, pk: int) -> int:
    """What a translation translates is the original, not another translation."""
    field = "associated_category_id" if model is Category else "associated_article_id"
    return model.objects.filter(pk=pk).values_list(field, flat=True).first() or pk


def _set_related(category: Category, portal: Portal, ids: list[int]) -> None:
    rows = Category.objects.for_account(portal.account_id).filter(portal=portal)
    known = set(rows.filter(pk__in=ids).exclude(pk=category.pk).values_list("pk", flat=True))
    if known != set(ids):
        raise Invalid(_("There is no such category beside this one."), attributes=["related_category_ids"])
    links = CategoryLink.objects.filter(account_id=portal.account_id, category=category)
    links.exclude(related_category_id__in=known).delete()
    CategoryLink.objects.bulk_create(
        [
            CategoryLink(account_id=portal.account_id, category=category, related_category_id=pk)
            for pk in sorted(known)
        ],
        ignore_conflicts=True,
    )


# --- articles -------------------------------------------------------------------------------------------------
@transaction.atomic
def create_article(*, access: Asker, portal_slug: str, **values: Any) -> Article:
    """`values` as `update_article` takes them; title at least. Raises Forbidden, NotFound, Invalid."""
    portal = lock_portal(access=access, slug=portal_slug)
    article = Article(
        account_id=access.account_id, portal=portal, author_id=access.user_id, locale=portal.default_locale
    )
    if not values.get("slug"):
        values["slug"] = _free_slug(access.account_id, values.get("title") or "")
    return _change_article(article, portal, values)


def _free_slug(account_id: int, title: str) -> str:
    """The time and the title; a second article of both gets something more."""
    slug = f"{int(time.time())}-{slugify(title, allow_unicode=True)[:200] or 'article'}"
    taken = Article.objects.for_account(account_id).filter(slug=slug).exists()
    return f"{slug}-{secrets.token_hex(4)}" if taken else slug


@transaction.atomic
def update_article(*, access: Asker, portal_slug: str, article_id: int, **values: Any) -> Article:
    """Columns of Article: `status` a number, `category_id` and `associated_article_id` of this help centre, `author_id`
    a member. Raises Forbidden, NotFound, Invalid."""
    portal = lock_portal(access=access, slug=portal_slug)
    return _change_article(_article(portal, article_id), portal, values)


@transaction.atomic
def delete_article(*, access: Asker, portal_slug: str, article_id: int) -> None:
    """Raises Forbidden, NotFound."""
    article = _article(lock_portal(access=access, slug=portal_slug), article_id)
    BlobUse.objects.filter(account_id=access.account_id, subject=f"article:{article.pk}").delete()
    article.delete()


@transaction.atomic
def reorder_articles(*, access: Asker, portal_slug: str, positions: dict[int, int]) -> None:
    """{article: position}; whatever is not in this help centre is passed over. Raises Forbidden, NotFound."""
    portal = lock_portal(access=access, slug=portal_slug)
    rows = Article.objects.for_account(access.account_id).filter(portal=portal, pk__in=positions)
    articles = list(rows.select_for_update(no_key=True))
    for article in articles:
        article.position = positions[article.pk]
    Article.objects.bulk_update(articles, ["position"])


def count_view(*, account_id: int, article_id: int) -> None:
    """Somebody has read it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE conversations_article SET views = views + 1 WHERE account_id = %s AND id = %s AND status = 1",
            [account_id, article_id],
        )


def _article(portal: Portal, article_id: int) -> Article:
    rows = Article.objects.for_account(portal.account_id).filter(portal=portal)
    return found(rows.select_for_update(no_key=True, of=("self",)).filter(pk=article_id).first())


def _change_article(article: Article, portal: Portal, values: dict[str, Any]) -> Article:
    category_before = article.category_id
    if "title" in values:
        values["title"] = clean_name(values["title"], field="title")
    if values.get("slug"):
        values["slug"] = clean_slug(values["slug"])
    else:
        values.pop("slug", None)
    for name, value in values.items():
        setattr(article, name, value)
    _check_article(article, portal, values)
    if article.category_id != category_before and "position" not in values:
        article.position = _last_position(article) + STEP
    _save(article)
    used = blobs_in(article.content, account_id=article.account_id)
    use_blobs(account_id=article.account_id, subject=f"article:{article.pk}", blob_ids=used)
    return article


def _check_article(article: Article, portal: Portal, values: dict[str, Any]) -> None:
    if article.status == Article.Status.PUBLISHED and not article.content.strip():
        raise Invalid(_("Content can't be blank"), attributes=["content"])
    if article.category_id:
        article.locale = _locale_of_category(article.category_id, portal)
    _check_locale(article.locale, portal)
    if "author_id" in values:
        members = Membership.objects.for_account(portal.account_id)
        if not members.filter(user_id=article.author_id or 0).exists():
            raise Invalid(_("The author must be a member of this account."), attributes=["author_id"])
    if article.associated_article_id:
        rows = Article.objects.for_account(portal.account_id).filter(portal=portal).exclude(pk=article.pk)
        if not rows.filter(pk=article.associated_article_id).exists():
            raise Invalid(_("There is no such article to translate."), attributes=["associated_article_id"])
        article.associated_article_id = _root(Article, article.associated_article_id)


def _locale_of_category(category_id: int, portal: Portal) -> str:
    rows = Category.objects.for_account(portal.account_id).filter(portal=portal, pk=category_id)
    locale = rows.values_list("locale", flat=True).first()
    if locale is None:
        raise Invalid(_("There is no such category in this help centre."), attributes=["category_id"])
    return locale


def _last_position(article: Article) -> int:
    rows = Article.objects.for_account(article.account_id).filter(category_id=article.category_id)
    return rows.aggregate(last=Max("position"))["last"] or 0


def _save(row: Any) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid(_("Slug has already been taken"), attributes=["slug"]) from None
