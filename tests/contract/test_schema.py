"""Schemathesis against our own description: whatever fits it, and what does not, is answered as it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.contrib.contenttypes.models import ContentType
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings

from accounts.models import AccessToken, Account, PlatformApp, PlatformAppPermissible
from tests import factories
from tests.architecture import crawl
from tests.contract.world import taken_back
from tests.factories import Cast

pytestmark = pytest.mark.timeout(300)
PER_OPERATION = 2
CHECKS = [
    schemathesis.checks.not_a_server_error,
    schemathesis.checks.status_code_conformance,
    schemathesis.checks.content_type_conformance,
    schemathesis.checks.response_schema_conformance,
]


@pytest.fixture
def stage(cast: Cast) -> crawl.Stage:
    return crawl.set_the_stage(cast)


@pytest.fixture
def tokens(stage: crawl.Stage) -> dict[str, dict[str, str]]:
    """Beginning of the path → headers: of a program of the platform, a visitor, an administrator."""
    program = PlatformApp.objects.create(name="Panel")
    kind = ContentType.objects.get_for_model(Account)
    PlatformAppPermissible.objects.create(
        platform_app=program, permissible_type=kind, permissible_id=stage.cast.account.pk
    )
    return {
        "/platform/": {"api_access_token": AccessToken.issue(platform_app=program).token},
        "/api/v1/widget/": {"X-Auth-Token": stage.values["visitor_token"]},
        "/": {"api_access_token": factories.token_of(stage.cast.alice.user)},
    }


@pytest.fixture
def description(db: None) -> Iterator[Any]:
    """The site as a WSGI application, in this thread and in the test's transaction: between requests it would
    otherwise let go of the connection, and of the transaction with it."""
    between = (signals.request_started, signals.request_finished)
    for signal in between:
        signal.disconnect(close_old_connections)
    site = get_wsgi_application()

    def app(environ: dict[str, Any], start: Any) -> Any:
        return site(
            {**environ, "REMOTE_ADDR": "127.0.0.1"}, start
        )  # without one nobody's tries can be counted

    yield schemathesis.openapi.from_wsgi("/api/schema/", app=app)
    for signal in between:
        signal.connect(close_old_connections)


def test_every_operation_answers_as_it_is_described(
    description: Any, stage: crawl.Stage, tokens: dict[str, dict[str, str]]
) -> None:
    wrong = {}
    for found in description.get_all_operations():
        operation = found.ok()
        try:
            headers = next(one for start, one in tokens.items() if operation.path.startswith(start))
            try_out(operation, stage.values, headers)
        except BaseExceptionGroup as error:
            wrong[operation.label] = "\n".join(str(one) for one in error.exceptions)
    assert wrong == {}


def try_out(operation: Any, values: dict[str, Any], headers: dict[str, str]) -> None:
    @settings(
        max_examples=PER_OPERATION,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    @given(operation.as_strategy())
    def attempt(case: Any) -> None:
        # What the path names is there, so that the rest is looked at.
        given = case.path_parameters or {}
        case.path_parameters = {name: values.get(name, one) for name, one in given.items()}
        if operation.path.startswith("/api/v1/widget/"):
            case.query = {**(case.query or {}), "website_token": values["website_token"]}
        with taken_back():
            case.call_and_validate(checks=CHECKS, headers=headers)

    attempt()
