"""Our OpenAPI: valid, without a warning, and with every route of the API that the site has."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver
from rest_framework.views import APIView


def _views(patterns: Any, prefix: str = "") -> list[tuple[str, type[APIView]]]:
    found = []
    for one in patterns:
        path = prefix + str(one.pattern)
        if hasattr(one, "url_patterns"):
            found += _views(one.url_patterns, path)
        elif issubclass(getattr(one.callback, "cls", object), APIView):
            found.append((path, one.callback.cls))
    return found


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    return json.loads(Client().get("/api/schema/").content)


def test_it_is_valid_without_one_warning(capsys: Any) -> None:
    out = io.StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=out)
    assert "openapi: 3" in out.getvalue()
    assert "Warning" not in capsys.readouterr().err


def test_every_method_of_every_route_is_described(description: dict[str, Any]) -> None:
    missing = []
    for path, view in _views(get_resolver().url_patterns):
        name = "/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path)
        there = description["paths"].get(name) or description["paths"].get(name.rstrip("/"), {})
        methods = {m for m in view.http_method_names if hasattr(view, m)} - {"options", "head", "trace"}
        missing += [(name, method) for method in methods - there.keys()]
    assert missing == []


def test_operations_have_names_of_their_own_and_say_how_they_refuse(description: dict[str, Any]) -> None:
    operations = [
        one
        for path in description["paths"].values()
        for method, one in path.items()
        if method in {"get", "post", "put", "patch", "delete"}
    ]
    names = [one["operationId"] for one in operations]
    assert len(operations) > 100
    assert len(set(names)) == len(names)
    assert all({"401", "404", "422", "429"} <= one["responses"].keys() for one in operations)
    assert not any("201" in one["responses"] for one in operations)


def test_whoever_needs_a_token_is_told_which(description: dict[str, Any]) -> None:
    paths = description["paths"]
    assert paths["/api/v1/profile"]["get"]["security"] == [{"access_token": []}, {"session": []}]
    assert paths["/platform/api/v1/users"]["post"]["security"] == [{"access_token": []}]
    assert paths["/auth/validate_token"]["get"]["security"] == [{"session": []}]
    assert "security" not in paths["/auth/sign_in"]["post"]
    assert paths["/api/v1/widget/messages"]["get"]["security"] == [{"visitor_token": []}]
    assert "security" not in paths["/public/api/v1/inboxes/{identifier}"]["get"]


def test_the_page_brings_everything_from_here() -> None:
    answer = Client().get("/api/docs/")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(r'(?:src|href)="([^"]+)"', text) == [
        "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css",
        "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js",
        "/static/js/api_docs.js",
    ]
    assert "<style" not in text and "style=" not in text
    assert "script-src 'self'" in answer["Content-Security-Policy"]
