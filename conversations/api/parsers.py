"""Bodies of a bounded size. What is too much is said as such, in the shape of all other errors: Django's own
answer to it is a bare 400, and its limit of memory does not see a body that DRF reads by itself."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.utils.translation import gettext as _
from rest_framework import parsers

from config.problems import TooLarge
from config.rendering import JSONParser
from conversations.files import too_many_files


class BoundedJSON(JSONParser):
    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return super().parse(BytesIO(_bounded(stream)), media_type, parser_context)


class BoundedForm(parsers.FormParser):
    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(BytesIO(_bounded(stream)), media_type, parser_context)
        except TooManyFieldsSent:
            raise _too_large() from None


class BoundedMultiPart(parsers.MultiPartParser):
    """Files are limited one by one, when they are examined."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except TooManyFilesSent:
            raise too_many_files() from None
        except (TooManyFieldsSent, RequestDataTooBig):
            raise _too_large() from None


def _bounded(stream: Any) -> bytes:
    most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body: bytes = stream.read(most + 1)
    if len(body) > most:
        raise _too_large()
    return body


def _too_large() -> TooLarge:
    return TooLarge(_("The request is too large. Nothing was stored."))
