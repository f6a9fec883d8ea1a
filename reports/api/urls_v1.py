"""Below /api/v1/accounts/<account_id>/."""

from django.urls import path

from reports.api import csat, sla, views

_CSAT = "csat_survey_responses"

urlpatterns = [
    path(_CSAT, csat.CsatResponses.as_view(), name="api-csat"),
    path(f"{_CSAT}/metrics", csat.CsatMetrics.as_view(), name="api-csat-metrics"),
    path(f"{_CSAT}/download", csat.CsatDownload.as_view(), name="api-csat-download"),
    path("applied_slas", sla.AppliedSlas.as_view(), name="api-applied-slas"),
    path("applied_slas/metrics", sla.SlaMetrics.as_view(), name="api-sla-metrics"),
    path("applied_slas/download", sla.SlaDownload.as_view(), name="api-sla-download"),
    path(f"{_CSAT}/<id:response_id>", csat.CsatResponse.as_view(), name="api-csat-response"),
    path("reporting_events", views.ReportingEvents.as_view(), name="api-reporting-events"),
    path(
        "conversations/<id:display_id>/reporting_events",
        views.ReportingEventsOfConversation.as_view(),
        name="api-conversation-reporting-events",
    ),
]
