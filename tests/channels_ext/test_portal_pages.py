"""The help centre as its readers see it: strangers, without a script, in each language, and inside of other pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import Account
from config import throttling
from config.database import account_scope
from conversations.article_texts import shown
from conversations.models import Article, Category, Portal
from tests.factories import Cast, count_queries


@pytest.fixture
def portal(cast: Cast) -> Portal:
    with account_scope(cast.account.pk):
        return Portal.objects.create(
            account=cast.account, name="Shop help", slug="shop", allowed_locales=["en", "zh_CN", "ar"]
        )


@pytest.fixture
def reader() -> Client:
    return Client(raise_request_exception=False)


def category(portal: Portal, slug: str = "money", locale: str = "en", **fields: Any) -> Category:
    with account_scope(portal.account_id):
        return Category.objects.create(
            account_id=portal.account_id, portal=portal, name=slug.title(), slug=slug, locale=locale, **fields
        )


def article(portal: Portal, title: str = "Refunds", **fields: Any) -> Article:
    known = {"slug": title.lower().replace(" ", "-"), "content": "Within **30** days.", "status": 1}
    with account_scope(portal.account_id):
        return Article.objects.create(
            account_id=portal.account_id, portal=portal, title=title, **{**known, **fields}
        )


def test_the_door_leads_to_the_portals_own_language(portal: Portal, reader: Client) -> None:
    answer = reader.get("/hc/shop")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/hc/shop/en")
    embedded = reader.get("/hc/shop?show_plain_layout=true&theme=dark")
    assert embedded.headers["Location"] == "/hc/shop/en?show_plain_layout=true&theme=dark"


def test_a_domain_of_its_own_leads_to_the_help_centre(portal: Portal, reader: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    with account_scope(portal.account_id):
        Portal.objects.update(custom_domain="help.shop.test")

    assert reader.get("/", HTTP_HOST="help.shop.test:8443").headers["Location"] == "/hc/shop"
    assert reader.get("/", HTTP_HOST="other.shop.test").headers["Location"] == "/app/"
    assert reader.get("/").headers["Location"] == "/app/"
    with account_scope(portal.account_id):
        Portal.objects.update(archived=True)
    assert reader.get("/", HTTP_HOST="help.shop.test").headers["Location"] == "/app/"


def test_the_home_shows_topics_and_what_is_read_most(portal: Portal, reader: Client) -> None:
    money = category(portal)
    article(portal, "Refunds", category=money, views=5)
    article(portal, "Draft", category=money, status=0)
    article(portal, "退款", locale="zh_CN")
    category(portal, "empty")

    page = reader.get("/hc/shop/en")

    assert page.status_code == 200
    text = page.content.decode()
    assert "Refunds" in text and 'href="/hc/shop/en/categories/money"' in text
    assert "1 article" in text
    assert "Draft" not in text and "退款" not in text and "Empty" not in text
    assert "<script" not in text and "style=" not in text
    assert not page.cookies
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy and "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert reader.get("/hc/shop/en/categories").content == page.content


def test_an_article_shows_markdown_and_no_hostile_html(portal: Portal, reader: Client) -> None:
    content = (
        "# Top\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![p](https://shop.test/p.png)\n\n"
        "![d](data:text/html,x)\n\n## Part\n\n## Part\n\n<img src=x onerror=alert(1)>"
    )
    article(portal, "<b>Bold</b>", slug="bold", content=content, description="<i>x</i>")

    text = reader.get("/hc/shop/articles/bold").content.decode()

    assert "<script>alert" not in text and "<b>Bold" not in text and "<i>x" not in text
    assert "&lt;script&gt;alert(1)" in text and "&lt;b&gt;Bold" in text
    assert 'href="javascript' not in text and 'src="data:' not in text and "onerror=alert(1)&gt;" in text
    assert '<img src="https://shop.test/p.png" alt="p" loading="lazy"' in text
    assert 'id="top"' in text and 'id="part"' in text and 'id="part-2"' in text
    assert 'src="/hc/shop/articles/bold.png"' in text


def test_an_article_may_be_empty(portal: Portal, reader: Client) -> None:
    article(portal, content="")
    assert reader.get("/hc/shop/articles/refunds").status_code == 200


def test_headings_of_a_text_come_below_the_pages_own() -> None:
    found = shown("# One\n\n### Three\n\n###### Six")
    assert "<h1" not in found.html and '<h2 id="one">One</h2>' in found.html
    assert [(one.level, one.anchor) for one in found.headings] == [(2, "one")]
    assert "<h4" in found.html and "<h6" in found.html


def test_the_pixel_counts_and_the_page_does_not(portal: Portal, reader: Client) -> None:
    row = article(portal)
    draft = article(portal, "Draft", status=0)
    reader.get("/hc/shop/articles/refunds")
    for _ in range(2):
        answer = reader.get("/hc/shop/articles/refunds.png")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    reader.head("/hc/shop/articles/refunds.png")
    assert reader.get("/hc/shop/articles/draft.png").status_code == 404
    with account_scope(portal.account_id):
        assert Article.objects.get(pk=row.pk).views == 2
        assert Article.objects.get(pk=draft.pk).views == 0


@pytest.mark.parametrize(
    "path",
    [
        "/hc/nothing",
        "/hc/shop/fr",
        "/hc/shop/en/categories/nothing",
        "/hc/shop/en/categories/qian",
        "/hc/shop/articles/draft",
        "/hc/shop/articles/draft.json",
        "/hc/shop/articles/foreign",
        "/hc/%00/en",
        "/hc/shop/articles/%00",
        "/hc/shop/en/categories/%00",
        "/hc/colours/red.css",
    ],
)
def test_what_is_not_for_readers_is_not_there(cast: Cast, portal: Portal, reader: Client, path: str) -> None:
    category(portal, "qian", "zh_CN")
    article(portal, "Draft", status=0)
    with account_scope(cast.other.pk):
        other = Portal.objects.create(account=cast.other, name="Other", slug="other")
    article(other, "Foreign")

    assert reader.get(path).status_code == 404
    assert reader.post("/hc/shop/en").status_code == 405


def test_archived_portals_and_suspended_accounts_are_gone(portal: Portal, reader: Client) -> None:
    with account_scope(portal.account_id):
        Portal.objects.update(archived=True)
    assert reader.get("/hc/shop/en").status_code == 404
    with account_scope(portal.account_id):
        Portal.objects.update(archived=False)
        Account.objects.filter(pk=portal.account_id).update(status=Account.Status.SUSPENDED)
    assert reader.get("/hc/shop/en").status_code == 404


def test_one_address_reads_so_much_a_minute(portal: Portal, reader: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(throttling, "_rate", lambda scope: (2, 60) if scope == "visitor_ip" else (1000, 60))
    row = article(portal)

    answers = [reader.get("/hc/shop/articles/refunds.png") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
    with account_scope(portal.account_id):
        assert Article.objects.get(pk=row.pk).views == 2


def test_readers_search_in_any_script_and_page_by_page(portal: Portal, reader: Client) -> None:
    article(portal, "Refunds")
    article(portal, "退款政策", locale="zh_CN")
    for number in range(26):
        article(portal, f"Delivery {number}")

    assert "Refunds" in reader.get("/hc/shop/en/articles", {"query": "RÉFUND"}).content.decode()
    assert "退款政策" in reader.get("/hc/shop/zh_CN/articles", {"query": "退款"}).content.decode()
    first = reader.get("/hc/shop/en/articles", {"query": "delivery"}).content.decode()
    assert first.count("links__title") == 25 and "?query=delivery&amp;page=2" in first
    second = reader.get("/hc/shop/en/articles", {"query": "delivery", "page": "2"}).content.decode()
    assert second.count("links__title") == 1
    hostile = reader.get("/hc/shop/en/articles", {"query": '"><script>alert(1)</script>\x00%_'})
    assert hostile.status_code == 200 and b"<script>" not in hostile.content
    for page in ("-1", "x", "99999999999", ""):
        assert reader.get("/hc/shop/en/articles", {"page": page}).status_code == 200


def test_our_words_are_in_the_portals_language_and_direction(portal: Portal, reader: Client) -> None:
    chinese = reader.get("/hc/shop/zh_CN").content.decode()
    assert 'lang="zh_CN" dir="ltr"' in chinese
    assert 'dir="rtl"' in reader.get("/hc/shop/ar").content.decode()
    assert "简体中文" in chinese and "العربيّة" in chinese


def test_the_plain_layout_is_for_other_pages(portal: Portal, reader: Client) -> None:
    article(portal, category=category(portal))
    page = reader.get("/hc/shop/articles/refunds?show_plain_layout=true&theme=dark")

    text = page.content.decode()
    assert 'data-theme="dark"' in text and '<header class="top">' not in text and "<footer" not in text
    assert "/hc/shop/en/categories/money?show_plain_layout=true&amp;theme=dark" in text
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    assert "data-theme" not in reader.get("/hc/shop/en?theme=x").content.decode()


def test_the_portals_colour_is_a_sheet_with_readable_ink(portal: Portal, reader: Client) -> None:
    with account_scope(portal.account_id):
        Portal.objects.update(color="#FF0")
    assert 'href="/hc/colours/ffff00.css"' in reader.get("/hc/shop/en").content.decode()
    assert "--on-brand: #16191d" in reader.get("/hc/colours/ffff00.css").content.decode()
    assert "--on-brand: #fff" in reader.get("/hc/colours/0b1530.css").content.decode()


def test_programs_get_the_contracts_json(portal: Portal, reader: Client) -> None:
    money = category(portal)
    row = article(portal, category=money, description="How", views=3)
    article(portal, "Other", views=9)

    answer = reader.get("/hc/shop/en/articles.json", {"sort": "views", "per_page": "1", "page": "2"})

    body = answer.json()
    assert body["meta"] == {"articles_count": 2}
    (shape,) = body["payload"]
    assert shape.pop("last_updated_at").endswith("Z")
    assert shape == {
        "id": row.pk,
        "category_id": money.pk,
        "title": "Refunds",
        "content": "Within **30** days.",
        "description": "How",
        "status": "published",
        "position": None,
        "account_id": portal.account_id,
        "slug": "refunds",
        "portal": {
            "custom_domain": None,
            "header_text": "",
            "homepage_link": "",
            "name": "Shop help",
            "page_title": "",
            "slug": "shop",
            "color": "",
        },
        "views": 3,
        "link": "hc/shop/articles/refunds",
        "category": {"id": money.pk, "slug": "money", "locale": "en"},
    }
    assert reader.get("/hc/shop/articles/refunds.json").json()["payload"]["id"] == row.pk
    (listed,) = reader.get("/hc/shop/en/categories.json").json()["payload"]
    assert (listed["slug"], listed["meta"]) == ("money", {"articles_count": 1})
    assert reader.get("/hc/shop/en/categories/money.json").json()["payload"]["id"] == money.pk
    of_category = reader.get("/hc/shop/en/categories/money/articles.json").json()
    assert of_category["meta"] == {"articles_count": 1}
    for wrong in ({"per_page": "101"}, {"page": "0"}, {"sort": "x"}):
        assert reader.get("/hc/shop/en/articles.json", wrong).status_code == 422


def test_an_author_is_a_name_and_no_address(cast: Cast, portal: Portal, reader: Client) -> None:
    article(portal, author=cast.alice.user)
    author = reader.get("/hc/shop/articles/refunds.json").json()["payload"]["author"]
    assert author == {"id": cast.alice.user_id, "available_name": "Alice", "avatar_url": ""}
    assert cast.alice.user.email not in reader.get("/hc/shop/articles/refunds").content.decode()


def test_the_map_names_what_is_published(portal: Portal, reader: Client) -> None:
    article(portal)
    article(portal, "Draft", status=0)
    answer = reader.get("/hc/shop/sitemap.xml")
    assert answer.headers["Content-Type"] == "application/xml"
    text = answer.content.decode()
    assert text.count("<loc>") == 1 and "/hc/shop/articles/refunds</loc>" in text


@pytest.mark.parametrize("path", ["/hc/shop/en", "/hc/shop/en/articles", "/hc/shop/en/articles.json"])
def test_pages_ask_the_same_number_of_queries_for_one_and_for_many(
    portal: Portal, reader: Client, path: str
) -> None:
    article(portal, category=category(portal))
    one = count_queries(lambda: reader.get(path))
    for number in range(6):
        other = category(portal, f"c{number}")
        for part in range(3):
            article(portal, f"A {number} {part}", category=other)
    assert count_queries(lambda: reader.get(path)) == one
