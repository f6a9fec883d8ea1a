"""The description of our own API: every view in it, no two operations of one name, answers as they really are."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from config.rendering import to_json

_METHODS = {"GET": "get", "POST": "create", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}
# Who is asked for what, by the beginning of the path.
_SECURITY = (
    ("/api/v1/widget/", "visitor_token"),
    ("/public/", None),
    ("/platform/", "access_token"),
    ("/api/", "access_token"),
    ("/auth/sign_out", "session"),
    ("/auth/validate_token", "session"),
)
_TAGS = re.compile(r"/(?:api/v\d|public/api/v\d|platform/api/v\d)/(?:accounts/\{account_id\}/)?([a-z_]+)")
_REFUSALS = {
    "400": "The body is no JSON, or not in a form that can be read",
    "401": "Not signed in, or not allowed to",
    "403": "That is not possible here, whoever asks",
    "404": "There is no such thing, or it is not yours",
    "422": "What was sent cannot be stored; nothing was changed",
    "429": "Too many requests; Retry-After says when to come again",
}

_WEBSITE_TOKEN = OpenApiParameter("website_token", str, required=True, description="Which inbox it is about")


class Schema(AutoSchema):
    """Our views are plain: what they take and answer is written beside them, and where it is not, it is an object."""

    def get_operation_id(self) -> str:
        words = re.findall(r"[a-zA-Z0-9_]+", self.path.replace("{", "by_"))
        return "_".join([_METHODS[self.method], *(word for word in words if word not in {"api", "v1"})])

    def get_description(self) -> str:  # type: ignore[override]
        """The view's own words. Those of its base are for who writes views."""
        own = type(self.view).__dict__.get("__doc__") or ""
        return re.sub(r"\s+", " ", own).strip()

    def get_tags(self) -> list[str]:
        found = _TAGS.match(self.path)
        area = self.path.split("/")[1] if self.path.startswith(("/public", "/platform", "/auth")) else ""
        return [" ".join(filter(None, [area, found[1] if found else "api"]))]

    def get_auth(self) -> list[dict[str, list[str]]]:
        scheme = next((name for start, name in _SECURITY if self.path.startswith(start)), None)
        if scheme == "access_token" and not self.path.startswith("/platform/"):
            return [{scheme: []}, {"session": []}]
        return [{scheme: []}] if scheme else []

    def get_override_parameters(self) -> list[Any]:
        return [_WEBSITE_TOKEN] if self.path.startswith("/api/v1/widget/") else []

    def get_request_serializer(self) -> Any:
        return None

    def get_response_serializers(self) -> Any:
        return OpenApiTypes.OBJECT

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        """Ours are 200, deletions and creations too, but where a view says otherwise."""
        wanted: Any = self.get_response_serializers()
        if isinstance(wanted, dict):
            bodies = super()._get_response_bodies(direction)
        else:
            empty = wanted is OpenApiTypes.NONE
            bodies = {"200": self._get_response_for_code(None if empty else wanted, "200")}
        problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        refusals = {code: {"description": text, "content": problem} for code, text in _REFUSALS.items()}
        return {**bodies, **refusals}


_ROW: dict[str, Any] = {"type": "object", "additionalProperties": {}}
_ROWS: dict[str, Any] = {"type": "array", "items": _ROW}
ROWS = {200: _ROWS}
ROW_OR_NULL = {200: {**_ROW, "nullable": True}}
ROW_OR_ROWS = {200: {"oneOf": [_ROW, _ROWS]}}


def without_doubles(endpoints: list[Any]) -> list[Any]:
    """A path that is there with and without a slash at its end is one."""
    paths = {path for path, *_rest in endpoints}
    return [one for one in endpoints if not (one[0].endswith("/") and one[0][:-1] in paths)]


@cache
def _described() -> bytes:
    """Made once per process: it takes as long as a hundred requests."""
    with override("en"):
        return to_json(SchemaGenerator().get_schema(request=None, public=True))


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(_described(), content_type="application/vnd.oai.openapi+json")
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The description, to read and to try out."""
    return render(request, "api/docs.html")
