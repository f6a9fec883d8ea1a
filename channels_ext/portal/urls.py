from django.urls import path

from channels_ext.portal import api, feeds, pages

_ALL = "api/v1/accounts/<id:account_id>/portals"
_ONE = f"{_ALL}/<str:slug>"
_CATEGORIES = f"{_ONE}/categories"
_ARTICLES = f"{_ONE}/articles"

_API = [
    path(_ALL, api.PortalList.as_view(), name="api-portals"),
    path(_ONE, api.PortalDetail.as_view(), name="api-portal"),
    path(f"{_ONE}/archive", api.PortalArchive.as_view(), name="api-portal-archive"),
    path(f"{_ONE}/logo", api.PortalLogo.as_view(), name="api-portal-logo"),
    path(f"{_ONE}/send_instructions", api.PortalInstructions.as_view(), name="api-portal-instructions"),
    path(f"{_ONE}/ssl_status", api.PortalCertificate.as_view(), name="api-portal-certificate"),
    path(_CATEGORIES, api.CategoryList.as_view(), name="api-categories"),
    path(f"{_CATEGORIES}/<id:category_id>", api.CategoryDetail.as_view(), name="api-category"),
    path(_ARTICLES, api.ArticleList.as_view(), name="api-articles"),
    path(f"{_ARTICLES}/reorder", api.ArticleOrder.as_view(), name="api-articles-order"),
    path(f"{_ARTICLES}/<id:article_id>", api.ArticleDetail.as_view(), name="api-article"),
]

# The longer addresses first: "articles" is no language.
_PAGES = [
    path("hc/colours/<str:colour>.css", pages.colours, name="hc-colours"),
    path("hc/<str:slug>", pages.front_door, name="hc"),
    path("hc/<str:slug>/sitemap.xml", feeds.sitemap, name="hc-sitemap"),
    path("hc/<str:slug>/articles/<str:article>.png", pages.pixel, name="hc-pixel"),
    path("hc/<str:slug>/articles/<str:article>.json", feeds.article, name="hc-article-json"),
    path("hc/<str:slug>/articles/<str:article>", pages.article, name="hc-article"),
    path("hc/<str:slug>/<str:locale>", pages.home, name="hc-home"),
    path("hc/<str:slug>/<str:locale>/articles.json", feeds.articles, name="hc-articles-json"),
    path("hc/<str:slug>/<str:locale>/articles", pages.articles, name="hc-articles"),
    path("hc/<str:slug>/<str:locale>/categories.json", feeds.categories, name="hc-categories-json"),
    path("hc/<str:slug>/<str:locale>/categories", pages.home, name="hc-categories"),
    path(
        "hc/<str:slug>/<str:locale>/categories/<str:category>/articles.json",
        feeds.articles,
        name="hc-category-articles-json",
    ),
    path(
        "hc/<str:slug>/<str:locale>/categories/<str:category>/articles",
        pages.category,
        name="hc-category-articles",
    ),
    path(
        "hc/<str:slug>/<str:locale>/categories/<str:category>.json",
        feeds.category,
        name="hc-category-json",
    ),
    path("hc/<str:slug>/<str:locale>/categories/<str:category>", pages.category, name="hc-category"),
]

urlpatterns = [*_API, *_PAGES]
