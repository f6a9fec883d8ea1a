"""Help centres for programs (contract, 5.1). A portal is named by its slug."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.queries.members import agents_by_user
from channels_ext.inbox_api.queries import inboxes_by_id
from channels_ext.portal import serializers, shapes
from config.bodies import body_of
from config.problems import Invalid, found
from conversations.actions import articles, portals
from conversations.models import Article, Category, Portal
from conversations.queries import help_centre as queries
from inboxes.api.base import AccountAPIView, checked, values_of


def portal_at(access: Any, slug: str) -> Portal:
    return found(queries.find_portal(account_id=access.account_id, slug=slug))


def shown(access: Any, rows: list[Portal]) -> list[dict[str, Any]]:
    inboxes = inboxes_by_id(access, {row.inbox_id for row in rows if row.inbox_id})
    counted = queries.figures(account_id=access.account_id, user_id=access.user_id)
    return [
        shapes.portal(row, counted.get(row.pk, queries.Figures()), inbox=inboxes.get(row.inbox_id or 0))
        for row in rows
    ]


def _asked(request: Any) -> dict[str, Any]:
    return {key: value for key, value in request.query_params.items() if value != ""}


def current_page(request: Any) -> int | str:
    """As it was asked for: clients get their own text back."""
    return request.query_params.get("page") or 1


@extend_schema(responses=OpenApiTypes.OBJECT)
class PortalList(AccountAPIView):
    reads, writes = "knowledge.read", "knowledge.manage"

    def get(self, request: Any) -> Response:
        rows = list(queries.portals(request.access.account_id))
        meta = {"current_page": current_page(request), "portals_count": len(rows)}
        return Response({"payload": shown(request.access, rows), "meta": meta})

    @extend_schema(request=serializers.NewPortal)
    def post(self, request: Any) -> Response:
        values = values_of(serializers.NewPortal(data=body_of(request, "portal")))
        return Response(_one(request, portals.create_portal(access=request.access, **values)))


def _one(request: Any, row: Portal) -> dict[str, Any]:
    return shown(request.access, [portal_at(request.access, row.slug)])[0]


@extend_schema(responses=OpenApiTypes.OBJECT)
class PortalDetail(AccountAPIView):
    reads, writes = "knowledge.read", "knowledge.manage"

    def get(self, request: Any, slug: str) -> Response:
        return Response(shown(request.access, [portal_at(request.access, slug)])[0])

    @extend_schema(request=serializers.PortalChanges)
    def patch(self, request: Any, slug: str) -> Response:
        values = values_of(serializers.PortalChanges(data=_portal_body(request)))
        return Response(
            _one(request, portals.update_portal(access=request.access, portal_slug=slug, **values))
        )

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, slug: str) -> Response:
        portals.delete_portal(access=request.access, slug=slug)
        return Response()


def _portal_body(request: Any) -> dict[str, Any]:
    """What lies beside the root key (`blob_id`, `inbox_id`) counts too."""
    beside = {key: value for key, value in body_of(request).items() if key in ("blob_id", "inbox_id")}
    return {**beside, **body_of(request, "portal")}


@extend_schema(request=None, responses=OpenApiTypes.OBJECT)
class PortalArchive(AccountAPIView):
    writes = "knowledge.manage"

    def patch(self, request: Any, slug: str) -> Response:
        row = portals.update_portal(access=request.access, portal_slug=slug, archived=True)
        return Response(_one(request, row))


@extend_schema(request=None, responses=OpenApiTypes.NONE)
class PortalLogo(AccountAPIView):
    writes = "knowledge.manage"

    def delete(self, request: Any, slug: str) -> Response:
        portals.remove_logo(access=request.access, slug=slug)
        return Response()


@extend_schema(request=serializers.Instructions, responses=OpenApiTypes.OBJECT)
class PortalInstructions(AccountAPIView):
    writes = "knowledge.manage"

    def post(self, request: Any, slug: str) -> Response:
        email = checked(serializers.Instructions(data=body_of(request)))["email"]
        portals.send_instructions(access=request.access, slug=slug, email=email)
        return Response({"message": _("The instructions are on their way.")})


@extend_schema(responses=OpenApiTypes.OBJECT)
class PortalCertificate(AccountAPIView):
    reads = "knowledge.manage"

    def get(self, request: Any, slug: str) -> Response:
        """Certificates are the proxy's here: `status` is null, and there is nothing that went wrong."""
        if portal_at(request.access, slug).custom_domain is None:
            text = _("This help centre has no domain of its own yet.")
            raise Invalid(text, attributes=["custom_domain"])
        return Response({"status": None, "verification_errors": None})


# --- categories -----------------------------------------------------------------------------------------------
@extend_schema(responses=OpenApiTypes.OBJECT)
class CategoryList(AccountAPIView):
    reads, writes = "knowledge.read", "knowledge.manage"

    @extend_schema(parameters=[serializers.CategoryQuery])
    def get(self, request: Any, slug: str) -> Response:
        portal = portal_at(request.access, slug)
        asked = checked(serializers.CategoryQuery(data=_asked(request)))
        rows = queries.categories(account_id=portal.account_id, portal_id=portal.pk, **asked)
        payload = [shapes.category(row) for row in rows[: queries.MOST_CATEGORIES]]
        meta = {"current_page": current_page(request), "categories_count": len(payload)}
        return Response({"payload": payload, "meta": meta})

    @extend_schema(request=serializers.NewCategory)
    def post(self, request: Any, slug: str) -> Response:
        values = values_of(serializers.NewCategory(data=_category_body(request)))
        row = articles.create_category(access=request.access, portal_slug=slug, **values)
        return Response(_category(row))


def _category_body(request: Any) -> dict[str, Any]:
    return body_of(request, "category")


def _category(row: Category) -> dict[str, Any]:
    rows = queries.categories(account_id=row.account_id, portal_id=row.portal_id)
    return {"payload": shapes.category(rows.get(pk=row.pk))}


@extend_schema(responses=OpenApiTypes.OBJECT)
class CategoryDetail(AccountAPIView):
    reads = writes = "knowledge.manage"

    def get(self, request: Any, slug: str, category_id: int) -> Response:
        portal = portal_at(request.access, slug)
        rows = queries.categories(account_id=portal.account_id, portal_id=portal.pk)
        return Response({"payload": shapes.category(found(rows.filter(pk=category_id).first()))})

    @extend_schema(request=serializers.CategoryChanges)
    def patch(self, request: Any, slug: str, category_id: int) -> Response:
        values = values_of(serializers.CategoryChanges(data=_category_body(request)))
        named: dict[str, Any] = {"portal_slug": slug, "category_id": category_id}
        return Response(_category(articles.update_category(access=request.access, **named, **values)))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, slug: str, category_id: int) -> Response:
        articles.delete_category(access=request.access, portal_slug=slug, category_id=category_id)
        return Response()


# --- articles -------------------------------------------------------------------------------------------------
@extend_schema(responses=OpenApiTypes.OBJECT)
class ArticleList(AccountAPIView):
    reads, writes = "knowledge.read", "knowledge.manage"

    @extend_schema(parameters=[serializers.ArticleQuery])
    def get(self, request: Any, slug: str) -> Response:
        portal = portal_at(request.access, slug)
        asked = checked(serializers.ArticleQuery(data=_asked(request)))
        page = asked.pop("page")
        wanted = queries.Wanted(**asked)
        of_portal = {"account_id": portal.account_id, "portal_id": portal.pk}
        rows = queries.articles(**of_portal, wanted=wanted)
        payload = _shown(request, rows[(page - 1) * queries.PAGE : page * queries.PAGE])
        counted = queries.figures(**of_portal, user_id=request.access.user_id)
        meta = _list_meta(counted.get(portal.pk, queries.Figures()), number=rows.count())
        return Response({"payload": payload, "meta": {**meta, "current_page": current_page(request)}})

    @extend_schema(request=serializers.NewArticle)
    def post(self, request: Any, slug: str) -> Response:
        values = values_of(serializers.NewArticle(data=body_of(request, "article")))
        return Response(
            _article(request, articles.create_article(access=request.access, portal_slug=slug, **values))
        )


def _list_meta(figures: queries.Figures, *, number: int) -> dict[str, Any]:
    draft, published, archived = (figures.by_status[status] for status in range(3))
    return {
        "all_articles_count": figures.articles,
        "archived_articles_count": archived,
        "articles_count": number,
        "draft_articles_count": draft,
        "mine_articles_count": figures.mine,
        "published_count": published,
    }


def _shown(request: Any, rows: Any) -> list[dict[str, Any]]:
    loaded = list(rows)
    authors = agents_by_user(request.access.account_id, {row.author_id for row in loaded if row.author_id})
    return [shapes.article(row, authors) for row in loaded]


def _article(request: Any, row: Article) -> dict[str, Any]:
    loaded = queries.find_article(account_id=row.account_id, portal_id=row.portal_id, pk=row.pk)
    return {"payload": _shown(request, [found(loaded)])[0]}


@extend_schema(responses=OpenApiTypes.OBJECT)
class ArticleDetail(AccountAPIView):
    reads = writes = "knowledge.manage"

    def get(self, request: Any, slug: str, article_id: int) -> Response:
        portal = portal_at(request.access, slug)
        row = queries.find_article(account_id=portal.account_id, portal_id=portal.pk, pk=article_id)
        return Response({"payload": _shown(request, [found(row)])[0]})

    @extend_schema(request=serializers.ArticleChanges)
    def patch(self, request: Any, slug: str, article_id: int) -> Response:
        values = values_of(serializers.ArticleChanges(data=body_of(request, "article")))
        named: dict[str, Any] = {"portal_slug": slug, "article_id": article_id}
        return Response(_article(request, articles.update_article(access=request.access, **named, **values)))

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, slug: str, article_id: int) -> Response:
        articles.delete_article(access=request.access, portal_slug=slug, article_id=article_id)
        return Response()


@extend_schema(request=serializers.Positions, responses=OpenApiTypes.NONE)
class ArticleOrder(AccountAPIView):
    writes = "knowledge.manage"

    def post(self, request: Any, slug: str) -> Response:
        positions = values_of(serializers.Positions(data=body_of(request)))
        articles.reorder_articles(access=request.access, portal_slug=slug, positions=positions)
        return Response()
