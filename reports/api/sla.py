"""Which promises were kept (contract, 3.5)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from config.fields import IdField
from config.rendering import Input
from conversations.models import AppliedSla
from conversations.queries import slas
from inboxes.api.base import AccountAPIView, checked
from reports.api.views import csv_file
from reports.periods import parse_period

MOST_ROWS = 50_000  # of a spreadsheet


class SlaQuery(Input):
    assigned_agent_id = IdField(required=False)
    inbox_id = IdField(required=False)
    team_id = IdField(required=False)
    sla_policy_id = IdField(required=False)
    label_list = serializers.CharField(required=False, max_length=2000, help_text="titles, with commas")
    page = serializers.IntegerField(default=1, min_value=1, max_value=10_000)


def _asked(request: Any) -> tuple[slas.Wanted, int]:
    query = request.query_params
    asked = checked(SlaQuery(data={key: value for key, value in query.items() if value != ""}))
    page = asked.pop("page")
    titles = [one.strip() for one in asked.pop("label_list", "").split(",")]
    labels = [*titles, *query.getlist("label_list[]")]
    period = parse_period(query.get("since"), query.get("until"))
    times: dict[str, Any] = {"since": period.since, "until": period.until} if period else {}
    wanted = slas.Wanted(**asked, **times, label_list=tuple(one for one in labels if one)[:100])
    return wanted, page


@extend_schema(parameters=[SlaQuery], responses=OpenApiTypes.OBJECT)
class AppliedSlas(AccountAPIView):
    """Those that were missed."""

    reads = "report.read"

    def get(self, request: Any) -> Response:
        wanted, page = _asked(request)
        account_id = request.access.account_id
        rows = slas.missed(account_id=account_id, wanted=wanted)
        payload = slas.shown(account_id, list(rows[(page - 1) * slas.PAGE : page * slas.PAGE]))
        meta = {"count": rows.count(), "current_page": request.query_params.get("page") or 1}
        return Response({"payload": payload, "meta": meta})


@extend_schema(parameters=[SlaQuery], responses=OpenApiTypes.OBJECT)
class SlaMetrics(AccountAPIView):
    reads = "report.read"

    def get(self, request: Any) -> Response:
        wanted, _page = _asked(request)
        return Response(slas.metrics(account_id=request.access.account_id, wanted=wanted))


@extend_schema(parameters=[SlaQuery], responses={(200, "text/csv"): OpenApiTypes.STR})
class SlaDownload(AccountAPIView):
    reads = "report.read"

    def get(self, request: Any) -> Response:
        wanted, _page = _asked(request)
        rows = slas.missed(account_id=request.access.account_id, wanted=wanted)[:MOST_ROWS]
        header = [
            _("Conversation ID"),
            _("SLA Policy"),
            _("Assignee"),
            _("Team"),
            _("Inbox"),
            _("Labels"),
            _("Link to the Conversation"),
            _("Breached Events"),
        ]
        return csv_file("breached_conversation.csv", [header, *(_line(row) for row in rows)])


def _line(row: AppliedSla) -> list[Any]:
    talk = row.conversation
    return [
        talk.display_id,
        row.sla_policy.name,
        talk.assignee.user.available_name if talk.assignee else "",
        talk.team.name if talk.team else "",
        talk.inbox.name,
        ", ".join(talk.labels),
        f"{settings.PUBLIC_URL}/app/accounts/{row.account_id}/conversations/{talk.display_id}",
        ", ".join(sorted({event.get_event_type_display() for event in row.events.all()})),
    ]
