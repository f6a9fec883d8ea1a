"""Contacts in and out by the file."""

from __future__ import annotations

from typing import Any

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from accounts.permissions import require
from config.problems import Invalid
from config.rendering import Input
from conversations.actions.transfers import COLUMNS, export_contacts, import_contacts
from conversations.api.answers import checked_input
from conversations.exports import name_of_export
from conversations.queries.attribute_filters import compiled
from inboxes.api.base import AccountAPIView


class ExportInput(Input):
    column_names = serializers.ListField(
        child=serializers.CharField(max_length=64), required=False, max_length=len(COLUMNS)
    )
    payload = serializers.JSONField(required=False, help_text="a filter, as for contacts/filter")
    label: Any = serializers.CharField(required=False, allow_blank=True, max_length=255)


@extend_schema(
    request={
        "multipart/form-data": inline_serializer(
            "ContactImport", {"import_file": serializers.FileField(help_text="CSV in UTF-8")}
        )
    },
    responses=None,
)
class ContactImport(AccountAPIView):
    def post(self, request: Any) -> Response:
        require(request.access, "contact.import")
        file = request.FILES.get("import_file")
        if file is None:
            raise Invalid(_("File is blank"), attributes=["import_file"])
        import_contacts(
            actor=request.access.actor, access=request.access, file_name=file.name or "", content=file.read()
        )
        return Response(None)


@extend_schema(request=ExportInput, responses=None)
class ContactExport(AccountAPIView):
    def post(self, request: Any) -> Response:
        require(request.access, "contact.export")
        given = checked_input(ExportInput, request.data)
        rows = given.get("payload") or []
        if rows:
            compiled(account_id=self.account_id, rows=rows, model="contact")
        export_contacts(
            actor=request.access.actor,
            access=request.access,
            columns=given.get("column_names") or [],
            rows=rows,
            label=given.get("label", ""),
        )
        return Response(None)


@require_safe
def download_export(request: HttpRequest, token: str) -> FileResponse:
    """404 for a forged link, an old one, and a file that is gone, alike."""
    name = name_of_export(token)
    if name is None or not default_storage.exists(name):
        raise Http404
    response = FileResponse(default_storage.open(name), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="contacts.csv"'
    response["Cache-Control"] = "private, no-store"
    return response
