"""Reports for programs (contract, section 3.6)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from config.problems import Invalid, found
from config.rendering import without_nul
from config.schema import ROW_OR_ROWS, ROWS
from conversations.queries.threads import raw_conversation
from inboxes.api.base import AccountAPIView
from reports.api.parsing import number, scope_of, wanted
from reports.exports import heading, write_csv
from reports.models import ReportingEvent
from reports.queries import intervals, live, metrics, summaries, tables

LONGEST_CHANNEL_REPORT = datetime.timedelta(days=184)
MOST_DAYS_OF_TRAFFIC = 90


class _Report(AccountAPIView):
    reads = "report.read"


@extend_schema(responses=ROW_OR_ROWS)
class Series(_Report):
    def get(self, request: Any) -> Response:
        asked = wanted(request)
        metric = request.query_params.get("metric", "")
        scope = scope_of(request)
        if metric not in metrics.METRICS:
            return Response({})
        if asked.period is None:
            return Response([])
        points = metrics.series(
            scope=scope, metric=metric, period=asked.period, business_hours=asked.business_hours
        )
        return Response(points)


@extend_schema(responses=OpenApiTypes.OBJECT)
class Summary(_Report):
    def get(self, request: Any) -> Response:
        asked = wanted(request)
        found = metrics.summary(
            scope=scope_of(request), period=asked.period, business_hours=asked.business_hours
        )
        return Response(found)


@extend_schema(responses=OpenApiTypes.OBJECT)
class BotSummary(_Report):
    def get(self, request: Any) -> Response:
        asked = wanted(request)
        return Response(metrics.bot_summary(scope=scope_of(request), period=asked.period))


@extend_schema(responses=OpenApiTypes.OBJECT)
class BotMetrics(_Report):
    def get(self, request: Any) -> Response:
        asked = wanted(request)
        return Response(metrics.bot_metrics(account_id=asked.account_id, period=asked.period))


@extend_schema(responses=ROW_OR_ROWS)
class ConversationMetrics(_Report):
    """`type=account`: the four numbers; `type=agent`: every agent's, 25 a page."""

    def get(self, request: Any) -> Response:
        asked = wanted(request)
        kind = request.query_params.get("type")
        if kind == "account":
            return Response(live.conversation_metrics(account_id=asked.account_id))
        if kind != "agent":
            raise Invalid(_("type must be one of: %s") % "account, agent", attributes=["type"])
        page = number(request.query_params.get("page")) or 1
        user_id = number(request.query_params.get("user_id"))
        return Response(live.agent_metrics(account_id=asked.account_id, page=page, user_id=user_id))


@extend_schema(responses=OpenApiTypes.OBJECT)
class LiveMetrics(_Report):
    def get(self, request: Any) -> Response:
        asked = wanted(request)
        team_id = number(request.query_params.get("team_id"))
        return Response(live.conversation_metrics(account_id=asked.account_id, team_id=team_id))


@extend_schema(responses=ROWS)
class GroupedLiveMetrics(_Report):
    def get(self, request: Any) -> Response:
        asked = wanted(request)
        by = request.query_params.get("group_by")
        if by not in ("team_id", "assignee_id"):
            raise Invalid(_("group_by must be one of: %s") % "team_id, assignee_id")
        return Response(live.grouped_metrics(account_id=asked.account_id, by=by))


@extend_schema(responses=ROWS)
class SummaryReport(_Report):
    kind = "agent"

    def get(self, request: Any) -> Response:
        asked = wanted(request)
        if self.kind == "label":
            return Response(
                summaries.summarise_labels(
                    account_id=asked.account_id, period=asked.period, business_hours=asked.business_hours
                )
            )
        rows = summaries.summarise(
            account_id=asked.account_id,
            kind=self.kind,
            period=asked.period,
            business_hours=asked.business_hours,
        )
        return Response(rows)


@extend_schema(responses=OpenApiTypes.OBJECT)
class ChannelReport(_Report):
    def get(self, request: Any) -> Response:
        asked = wanted(request)
        if asked.period and asked.period.until - asked.period.since > LONGEST_CHANNEL_REPORT:
            raise Invalid(_("The range may be at most six months long."), attributes=["since", "until"])
        return Response(summaries.by_channel(account_id=asked.account_id, period=asked.period))


@extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
class CSVReport(_Report):
    table: Callable[..., tables.Table] | None = None
    filename = "report.csv"

    def get(self, request: Any) -> Response:
        asked = wanted(request)
        assert self.table is not None
        rows = self.table(
            account_id=asked.account_id, period=asked.period, business_hours=asked.business_hours
        )
        return csv_file(self.filename, [heading(asked.period), *rows])


@extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
class TrafficReport(_Report):
    def get(self, request: Any) -> Response:
        asked = wanted(request)
        days = number(request.query_params.get("days_before"))
        zone = asked.period.zone if asked.period else datetime.UTC
        rows = tables.traffic_table(
            account_id=asked.account_id,
            days_before=min(6 if days is None else days, MOST_DAYS_OF_TRAFFIC),
            zone=zone,
            now=timezone.now(),
        )
        return csv_file("conversation_traffic_reports.csv", rows)


def csv_file(name: str, rows: tables.Table) -> Response:
    """By a renderer's answer, so that the edge may treat it as any other."""
    return Response(
        write_csv(rows).encode(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@extend_schema(responses=OpenApiTypes.OBJECT)
class ReportingEvents(_Report):
    """The measured intervals themselves, newest first, 25 a page."""

    def get(self, request: Any) -> Response:
        asked = wanted(request)
        query = request.query_params
        page = number(query.get("page")) or 1
        found = intervals.page_of(
            account_id=asked.account_id,
            period=asked.period,
            name=without_nul(query.get("name", "")) or None,
            inbox_id=number(query.get("inbox_id")),
            user_id=number(query.get("user_id")),
            page=page,
        )
        return Response(found)


@extend_schema(responses=ROWS)
class ReportingEventsOfConversation(AccountAPIView):
    def get(self, request: Any, display_id: int) -> Response:
        row = found(raw_conversation(access=request.access, display_id=display_id))
        rows: QuerySet[ReportingEvent] = ReportingEvent.objects.for_account(self.account_id)
        return Response(
            [intervals.shape(one) for one in rows.filter(conversation_id=row["_id"]).order_by("id")]
        )
