from django.urls import path

from channels_ext.campaigns import api

_ACCOUNT = "api/v1/accounts/<id:account_id>"

urlpatterns = [
    path(f"{_ACCOUNT}/campaigns", api.CampaignList.as_view(), name="api-campaigns"),
    path(f"{_ACCOUNT}/campaigns/<id:campaign_id>", api.CampaignDetail.as_view(), name="api-campaign"),
    path(
        f"{_ACCOUNT}/inboxes/<id:inbox_id>/campaigns",
        api.CampaignsOfInbox.as_view(),
        name="api-inbox-campaigns",
    ),
]
