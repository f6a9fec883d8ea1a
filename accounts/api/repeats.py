"""`Idempotency-Key` at the door: what counts as the same request, and what a repeat is answered."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework.response import Response

from accounts.actions.answers import Answer, Claim, claim_key

HEADER = "HTTP_IDEMPOTENCY_KEY"


class Repeated(Exception):
    """The request was answered before."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer

    @property
    def response(self) -> Response:
        response = Response(self.answer.body, status=self.answer.status)
        response["Idempotency-Replayed"] = "true"
        return response


def claimed(request: Any, *, account_id: int | None, caller: str) -> Claim:
    """Raises Repeated, and what claim_key raises."""
    found = claim_key(account_id=account_id, caller=caller, key=request.META[HEADER], asked=_asked(request))
    if isinstance(found, Answer):
        raise Repeated(found)
    return found


def _asked(request: Any) -> bytes:
    """Method, address and what the body says. Not its bytes: a form's boundary is another one each time."""
    return b"\n".join([request.method.encode(), request.get_full_path().encode(), _said(request.data)])


def _said(data: Any) -> bytes:
    if isinstance(data, QueryDict):
        data = [[name, [_value(one) for one in values]] for name, values in sorted(data.lists())]
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def _value(value: Any) -> Any:
    if not isinstance(value, UploadedFile):
        return value
    content = hashlib.sha256()
    for chunk in value.chunks():
        content.update(chunk)
    value.seek(0)
    return [value.name, value.content_type, content.hexdigest()]
