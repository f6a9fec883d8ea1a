from django.urls import include, path

urlpatterns = [
    path("", include("channels_ext.widget.urls")),
    path("", include("channels_ext.api_inbox.urls")),
    path("", include("channels_ext.inbox_api.urls")),
    path("", include("channels_ext.portal.urls")),
    path("", include("channels_ext.survey.urls")),
    path("", include("channels_ext.campaigns.urls")),
]
