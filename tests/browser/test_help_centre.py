"""The help centre in a browser: on a phone, without a script, without anything that the content policy forbids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from config.database import account_scope
from conversations.models import Article, Category, Portal
from tests.browser.conftest import Site
from tests.browser.places import Open
from tests.factories import Cast

TEXT = """Money comes back **within 30 days**.

## How it goes

1. Open *your orders*.
2. Choose what goes back.

> Keep the receipt.

| Way | Days |
|---|---|
| Card | 3 |
| Bank | 5 |

## What does not go back

`SALE-2026-a-very-long-code-without-any-space-that-has-to-break-somewhere-on-a-phone`

## Who pays

We do. See [the shop](https://shop.test/).
"""


@pytest.fixture
def portal(committed_cast: Cast) -> Portal:
    account = committed_cast.account
    with account_scope(account.pk):
        portal = Portal.objects.create(
            account=account,
            name="Shop help",
            slug="shop",
            color="#0f766e",
            header_text="How can we help you today?",
            allowed_locales=["en", "ar"],
        )
        named: dict[str, Any] = {"account": account, "portal": portal}
        for place, (name, icon) in enumerate((("Orders", "📦"), ("Paying", "💶"), ("Account", "🔑"))):
            category = Category.objects.create(
                **named,
                name=name,
                slug=name.lower(),
                icon=icon,
                position=place,
                description=f"All about {name}.",
            )
            for number in range(3):
                Article.objects.create(
                    **named,
                    category=category,
                    title=f"{name}: question {number + 1}",
                    slug=f"{name.lower()}-{number}",
                    description="A short answer to what many ask.",
                    content=TEXT,
                    status=1,
                    views=number,
                )
        Article.objects.create(
            **named, title="الاسترداد", slug="ar-refund", content="نص", status=1, locale="ar"
        )
    return portal


def fits(page: Page) -> bool:
    """Nothing reaches beyond the screen."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_a_reader_finds_an_answer(
    portal: Portal, site: Site, open_page: Open, screen: Callable[[Page, str], None]
) -> None:
    page = open_page("reader")
    page.goto(f"{site.url}/hc/shop")
    assert page.url.endswith("/hc/shop/en")
    assert page.get_by_role("heading", level=1).inner_text() == "How can we help you today?"
    band = page.evaluate("getComputedStyle(document.querySelector('header')).backgroundColor")
    assert band == "rgb(15, 118, 110)"
    screen(page, "home")
    page.get_by_role("searchbox").fill("PAYING 2")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Paying: question 2").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Paying: question 2"
    page.get_by_text("On this page").click()
    page.get_by_role("link", name="Who pays").click()
    assert page.url.endswith("#who-pays")
    screen(page, "article")
    page.wait_for_load_state("networkidle")
    with account_scope(portal.account_id):
        assert Article.objects.get(slug="paying-1").views == 2  # one before, and this one


def test_every_page_fits_a_phone(
    portal: Portal, site: Site, open_page: Open, screen: Callable[[Page, str], None]
) -> None:
    page = open_page("reader with a phone")
    page.set_viewport_size({"width": 360, "height": 720})
    for name, path in {
        "phone-home": "/en",
        "phone-article": "/articles/orders-0",
        "phone-category": "/en/categories/orders",
        "phone-search": "/en/articles?query=question",
        "phone-right-to-left": "/articles/ar-refund",
        "phone-plain": "/articles/orders-0?show_plain_layout=true&theme=dark",
    }.items():
        page.goto(f"{site.url}/hc/shop{path}")
        assert fits(page), name
        screen(page, name)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark == "rgb(22, 25, 29)"
