"""What contacts said of how they were helped (contract, 3.5)."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from config.bodies import body_of
from config.fields import IdField, IdsField
from config.rendering import Input, LongText
from config.schema import ROWS
from conversations.actions.surveys import review_response
from conversations.models import SurveyResponse
from conversations.queries import surveys
from inboxes.api.base import AccountAPIView, checked
from reports.api.views import csv_file
from reports.exports import heading
from reports.periods import parse_period

MOST_ROWS = 50_000  # of a spreadsheet


class CsatQuery(Input):
    user_ids = IdsField(required=False)
    inbox_id = IdField(required=False)
    team_id = IdField(required=False)
    rating = serializers.IntegerField(required=False, min_value=1, max_value=5)
    sort = serializers.CharField(required=False, max_length=64)
    page = serializers.IntegerField(default=1, min_value=1, max_value=10_000)


class Notes(Input):
    csat_review_notes = LongText(allow_blank=True, max_length=20_000, trim_whitespace=False)


def _asked(request: Any) -> tuple[surveys.Wanted, int, Any]:
    query = request.query_params
    given = {key: value for key, value in query.items() if value != ""}
    people = [*query.getlist("user_ids[]"), *query.getlist("user_ids")]
    given = {**given, "user_ids": people} if people else given
    asked = checked(CsatQuery(data=given))
    page = asked.pop("page")
    period = parse_period(query.get("since"), query.get("until"))
    times: dict[str, Any] = {"since": period.since, "until": period.until} if period else {}
    return surveys.Wanted(**asked, **times), page, period


@extend_schema(parameters=[CsatQuery])
class CsatResponses(AccountAPIView):
    reads = "report.read"

    @extend_schema(responses=ROWS)
    def get(self, request: Any) -> Response:
        wanted, page, _period = _asked(request)
        account_id = request.access.account_id
        rows = surveys.responses(account_id=account_id, wanted=wanted)
        first = (page - 1) * surveys.PAGE
        return Response(surveys.shown(account_id, list(rows[first : first + surveys.PAGE])))


@extend_schema(parameters=[CsatQuery], responses=OpenApiTypes.OBJECT)
class CsatMetrics(AccountAPIView):
    reads = "report.read"

    def get(self, request: Any) -> Response:
        wanted, _page, _period = _asked(request)
        return Response(surveys.metrics(account_id=request.access.account_id, wanted=wanted))


@extend_schema(request=Notes, responses=OpenApiTypes.OBJECT)
class CsatResponse(AccountAPIView):
    writes = "report.read"

    def patch(self, request: Any, response_id: int) -> Response:
        notes = checked(Notes(data=body_of(request, "csat_survey_response")))["csat_review_notes"]
        row = review_response(access=request.access, response_id=response_id, notes=notes)
        rows = surveys.responses(account_id=row.account_id, wanted=surveys.Wanted())
        return Response(surveys.shown(row.account_id, [rows.get(pk=row.pk)])[0])


@extend_schema(parameters=[CsatQuery], responses={(200, "text/csv"): OpenApiTypes.STR})
class CsatDownload(AccountAPIView):
    reads = "report.read"

    def get(self, request: Any) -> Response:
        wanted, _page, period = _asked(request)
        rows = surveys.responses(account_id=request.access.account_id, wanted=wanted)[:MOST_ROWS]
        header = [
            _("Agent Name"),
            _("Rating"),
            _("Feedback Comment"),
            _("Contact Name"),
            _("Contact Email Address"),
            _("Contact Phone Number"),
            _("Link to the conversation"),
            _("Recorded date"),
            _("Review Notes"),
        ]
        return csv_file("csat_report.csv", [header, *(_line(row) for row in rows), heading(period)])


def _line(row: SurveyResponse) -> list[Any]:
    contact, number = row.contact, row.conversation.display_id
    moment: datetime.datetime = row.created_at
    return [
        row.assigned_agent.available_name if row.assigned_agent else "",
        row.rating,
        row.feedback_message,
        contact.name,
        contact.email or "",
        contact.phone_number or "",
        f"{settings.PUBLIC_URL}/app/accounts/{row.account_id}/conversations/{number}",
        moment.strftime("%Y-%m-%d %H:%M"),
        row.csat_review_notes,
    ]
