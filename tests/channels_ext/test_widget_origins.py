"""Pages of other sites call in only if the inbox lists them: exactly, never by a part of a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.channels_ext.visitor import Visitor, set_widget
from tests.factories import Cast

OUR_PAGE = "https://chat.parley.test"


@pytest.fixture(autouse=True)
def our_address(settings: Any) -> None:
    settings.PUBLIC_URL = OUR_PAGE


@pytest.mark.parametrize(
    ("listed", "origin"),
    [
        ("shop.test", "https://shop.test"),
        ("shop.test", "https://shop.test:443"),
        ("SHOP.test", "https://shop.test"),
        (" shop.test ,other.test", "https://other.test"),
        ("https://shop.test", "https://shop.test"),
        ("https://shop.test/", "https://shop.test"),
        ("shop.test:8443", "https://shop.test:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("*.shop.test", "https://www.shop.test"),
        ("*.shop.test", "https://a.b.shop.test"),
        ("bücher.test", "https://xn--bcher-kva.test"),
        ("shop.test", OUR_PAGE),  # our own frame
        ("shop.test", ""),  # no browser
        ("", "https://anything.test"),  # nothing listed: every site
        ("", "null"),
    ],
)
def test_a_listed_site_may_call(cast: Cast, vera: Visitor, listed: str, origin: str) -> None:
    set_widget(cast.inbox, allowed_domains=listed)
    headers = {"HTTP_ORIGIN": origin} if origin else {}

    assert vera.send("/messages", {"message": {"content": "Hi"}}, **headers).status_code == 200


@pytest.mark.parametrize(
    ("listed", "origin"),
    [
        ("shop.test", "https://shop.test.evil.com"),
        ("shop.test", "https://evilshop.test"),
        ("shop.test", "https://www.shop.test"),
        ("shop.test", "https://shop.test:8443"),
        ("shop.test", "https://shop.test."),
        ("shop.test", "http://shop.test"),  # plain http beside our https
        ("https://shop.test", "http://shop.test"),
        ("http://shop.test", "https://shop.test"),
        ("shop.test:8443", "https://shop.test"),
        ("*.shop.test", "https://shop.test"),
        ("*.shop.test", "https://evilshop.test"),
        ("*.shop.test", "https://www.shop.test.evil.com"),
        ("shop.test", "null"),
        ("shop.test", "file://"),
        ("shop.test", "chrome-extension://shop.test"),
        ("shop.test", "https://shop.test@evil.com"),
        ("shop.test", "https://evil.com#shop.test"),
        ("shop.test", "https://evil.com\\@shop.test"),
        ("shop.test", "https://evil.com/shop.test"),
        ("shop.test", "https://shop.test, https://evil.com"),
        ("shop.test", "https://xn--shp-jna.test"),
        ("shop.test", "//shop.test"),
        ("shop.test", "https://shop.test:99999999"),
        ("*", "https://shop.test"),  # a list of nonsense admits nobody
        ("https://", "https://shop.test"),
    ],
)
def test_any_other_site_may_not_and_nothing_is_stored(
    cast: Cast, vera: Visitor, listed: str, origin: str, stored: Callable[[], Any]
) -> None:
    set_widget(cast.inbox, allowed_domains=listed)
    before = stored()

    for response in (
        vera.send("/messages", {"message": {"content": "Hi"}}, HTTP_ORIGIN=origin),
        Visitor(cast.inbox).send("/config", HTTP_ORIGIN=origin),
    ):
        assert response.status_code == 403
        assert response.json() == {
            "code": "wrong_origin",
            "message": "This site may not use this widget.",
            "error": "This site may not use this widget.",
        }
    assert stored() == before


def test_no_site_is_ever_let_in_with_the_visitors_cookies(cast: Cast, vera: Visitor) -> None:
    response = vera.send("/messages", {"message": {"content": "Hi"}}, HTTP_ORIGIN="https://shop.test")

    assert "Access-Control-Allow-Credentials" not in response
    assert not response.cookies


def test_the_agents_api_answers_no_other_site(cast: Cast, api: Any) -> None:
    response = api(cast.bob).get(
        f"/api/v1/accounts/{cast.account.pk}/conversations", HTTP_ORIGIN="https://shop.test"
    )

    assert response.status_code == 200
    assert "Access-Control-Allow-Origin" not in response
