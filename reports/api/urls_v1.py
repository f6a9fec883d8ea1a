"""Below /api/v1/accounts/<account_id>/."""

from django.urls import path

from reports.api import views

urlpatterns = [
    path("reporting_events", views.ReportingEvents.as_view(), name="api-reporting-events"),
    path(
        "conversations/<id:display_id>/reporting_events",
        views.ReportingEventsOfConversation.as_view(),
        name="api-conversation-reporting-events",
    ),
]
