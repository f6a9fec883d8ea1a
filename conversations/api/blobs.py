"""Uploads by themselves: a file at once, or announced first and sent to an address of its own (contract, 5.1)."""

from __future__ import annotations

import tempfile
from typing import Any

from django.core.files.base import ContentFile, File
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from accounts.actions.input import clean_web_address
from accounts.views.errors import problem_page
from config import fileserving, outbound
from config.bodies import body_of
from config.database import account_scope
from config.problems import Invalid, Problem, TooLarge
from config.rendering import Input
from config.throttling import allow
from conversations import blobs
from conversations.actions.blobs import announce_blob, fill_blob, store_blob
from conversations.actions.locking import check_visible
from conversations.files import limit_of
from conversations.queries.blobs import find_blob, served
from inboxes.api.base import AccountAPIView, checked

_BLOCK = 64 * 1024


class Announcement(Input):
    filename = serializers.CharField(max_length=255)
    byte_size = serializers.IntegerField(min_value=1, max_value=2**40)
    checksum = serializers.CharField(max_length=24, help_text="MD5, in base64")
    content_type = serializers.CharField(max_length=127, help_text="what it is, is read from its content")


def announced(data: Any, *, account_id: int) -> dict[str, Any]:
    """Announces what a body tells of. Raises ValidationError, Invalid, TooLarge."""
    given = checked(Announcement(data=data))
    return blobs.announced_shape(announce_blob(account_id=account_id, **given))


@extend_schema(request=Announcement, responses=OpenApiTypes.OBJECT)
class DirectUploads(AccountAPIView):
    """For a file of a message in this conversation: send the bytes to `direct_upload.url` by PUT, and then the
    `signed_id` among the message's attachments."""

    writes = "conversation.reply"

    def post(self, request: Any, display_id: int) -> Response:
        access = request.access
        allow("upload", f"{access.account_id}:{access.user_id}")
        given = body_of(request, "blob")
        check_visible(access=access, display_id=display_id)
        return Response(announced(given, account_id=access.account_id))


class UploadInput(Input):
    attachment = serializers.FileField(required=False)
    external_url = serializers.CharField(required=False, max_length=2048)


@extend_schema(request=UploadInput, responses=OpenApiTypes.OBJECT)
class Upload(AccountAPIView):
    """One file, or the address of one. `blob_id` names it for messages, articles, logos, rules and macros;
    `file_url` shows it."""

    writes = "conversation.reply"

    def post(self, request: Any) -> Response:
        access = request.access
        allow("upload", f"{access.account_id}:{access.user_id}")
        blob = store_blob(account_id=access.account_id, file=_sent(request))
        return Response({"file_url": blobs.address(blob), "blob_id": blobs.signed_id(blob)})


def _sent(request: Any) -> Any:
    file = request.FILES.get("attachment")
    url = request.data.get("external_url") if isinstance(request.data, dict) else None
    if file is not None:
        return file
    if not url:
        raise Invalid(_("There is no file in this. Nothing was stored."), attributes=["attachment"])
    return _from_elsewhere(clean_web_address(url, field="external_url"), request.access.account_id)


def _from_elsewhere(url: str, account_id: int) -> ContentFile:
    try:
        found = outbound.fetch(url, most=limit_of(account_id))
    except outbound.Unreachable:
        text = _("The file at this address cannot be had. Nothing was stored.")
        raise Invalid(text, attributes=["external_url"]) from None
    return ContentFile(found, name=url.split("?")[0].rsplit("/", 1)[-1] or "file")


@csrf_exempt  # the address is the secret: there is no session in this
@require_http_methods(["PUT"])
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """The bytes of an announced upload. 404 for an address that we never gave out, or that is over."""
    pair = blobs.read_door(token)
    if pair is None:
        raise Http404
    account_id, blob_id = pair
    try:
        with account_scope(account_id), tempfile.SpooledTemporaryFile(max_size=_BLOCK * 16) as kept:
            file = File(kept)
            file.size = _copied(request, kept, most=limit_of(account_id))
            fill_blob(account_id=account_id, blob_id=blob_id, file=file)
    except Problem as problem:
        return problem_page(request, problem)
    return HttpResponse(status=204)


def _copied(request: HttpRequest, kept: Any, *, most: int) -> int:
    size = 0
    while block := request.read(_BLOCK):
        size += len(block)
        if size > most:
            raise TooLarge(_("The file is larger than what was announced. Nothing was stored."))
        kept.write(block)
    return size


@require_safe
def show(request: HttpRequest, signed: str, name: str) -> Any:
    """An uploaded file, for whoever has its address; the name in it is only for people."""
    pair = blobs.read_signed_id(signed)
    if pair is None:
        raise Http404
    with account_scope(pair[0]):
        blob = find_blob(account_id=pair[0], blob_id=pair[1])
    if blob is None:
        raise Http404
    try:
        return fileserving.serve(request, served(blob))
    except FileNotFoundError:
        raise Http404 from None
    except Problem as problem:
        return problem_page(request, problem)
