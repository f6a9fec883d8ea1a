"""Named reads of the help centre: for those who keep it, and for its readers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    Func,
    IntegerField,
    Prefetch,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.functions import Concat, RowNumber, StrIndex
from django.db.models.lookups import GreaterThan

from config.rendering import without_nul
from conversations.models import Article, Category, CategoryLink, InboxPortal, Portal

PAGE = 25
MOST_CATEGORIES = 1000
MOST_WORDS = 20
POPULAR = 6


# --- portals --------------------------------------------------------------------------------------------------
@dataclass
class Figures:
    """How many articles of each status, of each language, and of one's own; and categories of each language."""

    by_status: Counter[int] = field(default_factory=Counter)
    by_locale: Counter[str] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    mine: int = 0

    @property
    def articles(self) -> int:
        return sum(self.by_status.values())


def portals(account_id: int) -> QuerySet[Portal]:
    return Portal.objects.for_account(account_id).select_related("logo").order_by("id")


def find_portal(*, account_id: int, slug: str) -> Portal | None:
    return portals(account_id).filter(slug=without_nul(slug)).first()


def figures(*, account_id: int, user_id: int = 0, portal_id: int | None = None) -> dict[int, Figures]:
    """By portal, of all or of one."""
    only = {} if portal_id is None else {"portal_id": portal_id}
    articles = Article.objects.for_account(account_id).filter(**only)
    counted: dict[int, Figures] = {}
    mine = Count("id", filter=Q(author_id=user_id))
    rows = articles.order_by().values_list("portal_id", "status", "locale").annotate(n=Count("id"), mine=mine)
    for portal, status, locale, number, own in rows:
        one = counted.setdefault(portal, Figures())
        one.by_status[status] += number
        one.by_locale[locale] += number
        one.mine += own
    categories = Category.objects.for_account(account_id).filter(**only).order_by()
    for portal, locale, number in categories.values_list("portal_id", "locale").annotate(n=Count("id")):
        counted.setdefault(portal, Figures()).categories[locale] += number
    return counted


def portal_of_inbox(*, account_id: int, inbox_id: int) -> Portal | None:
    links = InboxPortal.objects.for_account(account_id).filter(inbox_id=inbox_id, portal__archived=False)
    link = links.select_related("portal").first()
    return link.portal if link else None


def portals_of_inboxes(account_id: int) -> dict[int, dict[str, str]]:
    """Inbox → {name, slug} of its help centre."""
    rows = InboxPortal.objects.for_account(account_id).values_list("inbox_id", "portal__name", "portal__slug")
    return {inbox: {"name": name, "slug": slug} for inbox, name, slug in rows}


# --- categories -----------------------------------------------------------------------------------------------
_OTHERS = Prefetch(
    "links",
    queryset=CategoryLink.objects.select_related("related_category").order_by("related_category_id"),
)


def categories(*, account_id: int, portal_id: int, locale: str | None = None) -> QuerySet[Category]:
    """With their neighbours, and `articles_count` of any status."""
    rows = Category.objects.for_account(account_id).filter(portal_id=portal_id)
    if locale:
        rows = rows.filter(locale=locale)
    rows = rows.select_related("parent_category", "associated_category").prefetch_related(_OTHERS)
    return rows.annotate(articles_count=Count("articles")).order_by(F("position").asc(nulls_last=True), "id")


def shown_categories(*, account_id: int, portal_id: int, locale: str) -> list[tuple[Category, int]]:
    """Those of a language that have something for readers, and how many published articles."""
    published = Count("articles", filter=Q(articles__status=Article.Status.PUBLISHED))
    rows = Category.objects.for_account(account_id).filter(portal_id=portal_id, locale=locale)
    rows = rows.annotate(number=published).filter(number__gt=0)
    rows = rows.order_by(F("position").asc(nulls_last=True), "id")[:MOST_CATEGORIES]
    return [(row, row.number) for row in rows]


def first_of_categories(
    *, account_id: int, portal_id: int, locale: str, most: int
) -> dict[int, list[Article]]:
    """The first published articles of each category."""
    place = Window(
        RowNumber(), partition_by="category_id", order_by=[F("position").asc(nulls_last=True), "id"]
    )
    rows = Article.objects.for_account(account_id).filter(
        portal_id=portal_id, locale=locale, status=Article.Status.PUBLISHED, category__isnull=False
    )
    found: dict[int, list[Article]] = {}
    ranked = rows.annotate(place=place).filter(place__lte=most).order_by("category_id", "place")
    for row in ranked.only("title", "slug", "description", "category_id"):
        found.setdefault(row.category_id or 0, []).append(row)
    return found


# --- articles -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Wanted:
    """Which articles. `status` None: of any."""

    locale: str | None = None
    query: str = ""
    category_slug: str | None = None
    status: int | None = None
    author_id: int | None = None

    @property
    def published(self) -> Wanted:
        return replace(self, status=Article.Status.PUBLISHED)


def _ready(rows: QuerySet[Article]) -> QuerySet[Article]:
    """With what their shape shows."""
    return rows.select_related("category", "author", "portal").prefetch_related("translations")


def articles(*, account_id: int, portal_id: int, wanted: Wanted) -> QuerySet[Article]:
    """In the order that somebody would look for them: best match, place within the category, newest."""
    rows = Article.objects.for_account(account_id).filter(portal_id=portal_id)
    named = {"locale": wanted.locale, "status": wanted.status, "author_id": wanted.author_id}
    rows = rows.filter(**{name: value for name, value in named.items() if value is not None})
    if wanted.category_slug:
        rows = rows.filter(category__slug=without_nul(wanted.category_slug))
    if wanted.query.strip():
        return _ready(_matching(rows, wanted.query))
    if wanted.category_slug:
        return _ready(rows.order_by(F("position").asc(nulls_last=True), "id"))
    return _ready(rows.order_by("-updated_at", "-id"))


def find_article(*, account_id: int, portal_id: int, **named: Any) -> Article | None:
    """By `pk` or `slug`."""
    rows = Article.objects.for_account(account_id).filter(portal_id=portal_id, **named)
    return _ready(rows).first()


def search_articles(*, account_id: int, query: str) -> QuerySet[Article]:
    """Of any help centre and status, best match first."""
    return _matching(Article.objects.for_account(account_id), query).select_related("category", "portal")


class _Folded(Func):
    """Without case, accents and width (migration 0006)."""

    function = "conversations_search_fold"
    output_field = TextField()


def _has(text: Any, words: list[str]) -> Q:
    return Q(*(GreaterThan(StrIndex(_Folded(text), _Folded(Value(word))), 0) for word in words))


def _matching(rows: QuerySet[Article], query: str) -> QuerySet[Article]:
    """Those that have every word, whatever its case, accents, width or script, as a part of a word too; those first
    that have them in the title, then in the description. Reads every article asked for: there are hundreds."""
    words = without_nul(query)[:500].split()[:MOST_WORDS]
    if not words:
        return rows.none()
    blank = Value(" ")
    everything = Concat("title", blank, "description", blank, "content", output_field=TextField())
    place = Case(
        When(_has(F("title"), words), then=0),
        When(_has(F("description"), words), then=1),
        default=2,
        output_field=IntegerField(),
    )
    found = rows.filter(_has(everything, words)).annotate(match_place=place)
    return found.order_by("match_place", "-views", "-id")
