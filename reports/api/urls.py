"""Below /api/v2/accounts/<account_id>/."""

from django.urls import path

from reports.api import views
from reports.queries import tables

_TABLES = {
    "agents": (tables.agents_table, "agents_report.csv"),
    "inboxes": (tables.inboxes_table, "inboxes_report.csv"),
    "labels": (tables.labels_table, "labels_report.csv"),
    "teams": (tables.teams_table, "teams_report.csv"),
    "conversations_summary": (tables.conversations_table, "conversations_summary_report.csv"),
}

urlpatterns = [
    path("reports", views.Series.as_view(), name="report"),
    path("reports/summary", views.Summary.as_view(), name="report-summary"),
    path("reports/bot_summary", views.BotSummary.as_view(), name="report-bot-summary"),
    path("reports/bot_metrics", views.BotMetrics.as_view(), name="report-bot-metrics"),
    path("reports/conversations", views.ConversationMetrics.as_view(), name="report-conversations"),
    path("reports/conversations/", views.ConversationMetrics.as_view()),
    path("reports/conversation_traffic", views.TrafficReport.as_view(), name="report-traffic"),
    *[
        path(
            f"reports/{name}",
            views.CSVReport.as_view(table=table, filename=filename),
            name=f"report-{name}",
        )
        for name, (table, filename) in _TABLES.items()
    ],
    path("live_reports/conversation_metrics", views.LiveMetrics.as_view(), name="report-live"),
    path(
        "live_reports/grouped_conversation_metrics",
        views.GroupedLiveMetrics.as_view(),
        name="report-live-grouped",
    ),
    *[
        path(f"summary_reports/{kind}", views.SummaryReport.as_view(kind=kind), name=f"summary-{kind}")
        for kind in ("agent", "inbox", "team", "label")
    ],
    path("summary_reports/channel", views.ChannelReport.as_view(), name="summary-channel"),
]
