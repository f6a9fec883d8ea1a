"""The site map."""

from django.contrib import admin
from django.urls import include, path, register_converter
from django.views.generic import RedirectView

from accounts.views import home
from accounts.views.avatars import avatar
from channels_ext.portal.pages import root
from config import health, schema
from config.paths import IdConverter
from conversations.api import blobs
from conversations.api.files import download
from conversations.api.transfer_views import download_export

register_converter(IdConverter, "id")

handler400 = "accounts.views.errors.bad_request"
handler403 = "accounts.views.errors.forbidden"
handler404 = "accounts.views.errors.not_found"
handler429 = "accounts.views.errors.too_many"  # django-allauth asks for it, Django does not
handler500 = "accounts.views.errors.server_error"

urlpatterns = [
    path("", root),
    path("favicon.ico", home.favicon, name="favicon"),
    path("health", health.health, name="health"),
    path("health/live", health.live, name="health-live"),
    path("api", health.probe, name="api-probe"),
    path("app", RedirectView.as_view(url="/app/", permanent=False, query_string=True)),
    path("app/", include("accounts.urls")),
    path("accounts/logout/", home.SignOut.as_view()),
    path("accounts/", include("allauth.urls")),
    path("app/accounts/<id:account_id>/", include("conversations.urls")),
    path("auth/", include("accounts.api.session_urls")),
    path("api/v1/", include("accounts.api.person_urls")),
    path("api/v1/accounts/<id:account_id>/", include("accounts.api.urls")),
    path("api/v1/accounts/<id:account_id>/", include("inboxes.api.urls")),
    path("api/v1/accounts/<id:account_id>/", include("conversations.api.keeping_urls")),
    path("api/v1/accounts/<id:account_id>/", include("conversations.api.urls")),
    path("api/v1/accounts/<id:account_id>/", include("automation.api.urls")),
    path("api/v1/accounts/<id:account_id>/", include("reports.api.urls_v1")),
    path("api/v2/accounts/<id:account_id>/", include("reports.api.urls")),
    path("api/v1/accounts/<id:account_id>/", include("channels_ext.api.urls")),
    path("exports/<str:token>", download_export, name="export"),
    path("platform/api/v1/", include("accounts.api.platform_urls")),
    path("api/schema/", schema.schema, name="schema"),
    path("api/docs/", schema.docs, name="api-docs"),
    path("avatars/<str:name>", avatar, name="avatar"),
    path("files/<str:token>/<str:name>", download, name="file"),
    path("rails/active_storage/disk/<str:token>", blobs.receive, name="blob-door"),
    path("rails/active_storage/blobs/redirect/<str:signed>/<str:name>", blobs.show, name="blob"),
    path("", include("channels_ext.urls")),
    path("admin/", admin.site.urls),
    path("super_admin/", RedirectView.as_view(url="/admin/", permanent=False)),
]
