"""Companies for programs (contract, 1.5 and 1.6)."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from config.bodies import body_of
from config.problems import found
from config.rendering import Input, LongText
from conversations.actions import companies
from conversations.models import Company
from conversations.queries import companies as queries
from inboxes.api.base import AccountAPIView, checked, values_of


class CompanyChanges(Input):
    name = serializers.CharField(required=False, max_length=companies.MOST_NAME)
    domain = serializers.CharField(required=False, allow_blank=True, allow_null=True, max_length=253)
    description = LongText(
        required=False, allow_blank=True, allow_null=True, max_length=companies.MOST_DESCRIPTION
    )

    def values(self) -> dict[str, Any]:
        given = dict(self.validated_data)
        return {**given, **({"description": given["description"] or ""} if "description" in given else {})}


class NewCompany(CompanyChanges):
    name = serializers.CharField(max_length=companies.MOST_NAME)


class CompanyQuery(Input):
    q = serializers.CharField(required=False, max_length=255)
    sort = serializers.CharField(required=False, max_length=64)
    page = serializers.IntegerField(default=1, min_value=1, max_value=10_000)


def _one(row: Company) -> dict[str, Any]:
    return {"payload": queries.shown(row.account_id, [row])[0]}


@extend_schema(responses=OpenApiTypes.OBJECT)
class CompanyList(AccountAPIView):
    reads, writes = "contact.read", "contact.update"
    is_search = False

    @extend_schema(parameters=[CompanyQuery])
    def get(self, request: Any) -> Response:
        given = {key: value for key, value in request.query_params.items() if value != ""}
        asked = checked(CompanyQuery(data=given))
        account_id, page, query = request.access.account_id, asked["page"], asked.get("q", "")
        rows = queries.companies(account_id=account_id, query=query, sort=asked.get("sort", ""))
        if self.is_search and not query:
            rows = rows.none()
        payload = queries.shown(account_id, rows[(page - 1) * queries.PAGE : page * queries.PAGE])
        return Response({"payload": payload, "meta": {"total_count": rows.count(), "page": page}})

    @extend_schema(request=NewCompany)
    def post(self, request: Any) -> Response:
        values = values_of(NewCompany(data=body_of(request, "company")))
        return Response(_one(companies.create_company(access=request.access, **values)))


class CompanySearch(CompanyList):
    http_method_names = ("get", "head", "options")
    is_search = True


@extend_schema(responses=OpenApiTypes.OBJECT)
class CompanyDetail(AccountAPIView):
    reads, writes = "contact.read", "contact.update"

    def get(self, request: Any, company_id: int) -> Response:
        rows = Company.objects.for_account(request.access.account_id)
        return Response(_one(found(rows.filter(pk=company_id).first())))

    @extend_schema(request=CompanyChanges)
    def patch(self, request: Any, company_id: int) -> Response:
        values = values_of(CompanyChanges(data=body_of(request, "company")))
        return Response(
            _one(companies.update_company(access=request.access, company_id=company_id, **values))
        )

    put = patch

    @extend_schema(responses=OpenApiTypes.NONE)
    def delete(self, request: Any, company_id: int) -> Response:
        companies.delete_company(access=request.access, company_id=company_id)
        return Response()
