from django.urls import path

from channels_ext.inbox_api import views

_ALL = "api/v1/accounts/<id:account_id>/inboxes"
_ONE = f"{_ALL}/<id:inbox_id>"

urlpatterns = [
    path(_ALL, views.InboxList.as_view(), name="api-inboxes"),
    path(f"{_ALL}/", views.InboxList.as_view(), name="api-inboxes-slash"),  # as the contract's file writes it
    path(_ONE, views.InboxDetail.as_view(), name="api-inbox"),
    path(f"{_ONE}/", views.InboxDetail.as_view(), name="api-inbox-slash"),
    path(f"{_ONE}/avatar", views.InboxAvatar.as_view(), name="api-inbox-avatar"),
    path(f"{_ONE}/csat_template", views.SurveyTemplate.as_view(), name="api-inbox-survey-template"),
    path(f"{_ONE}/sync_templates", views.SyncTemplates.as_view(), name="api-inbox-templates"),
    path(f"{_ONE}/health", views.InboxHealth.as_view(), name="api-inbox-health"),
    path(f"{_ONE}/reset_secret", views.InboxSecret.as_view(), name="api-inbox-secret"),
]
