"""Help centres for programs: portals by their slug, categories and articles in each of their languages."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile

from config.database import account_scope
from config.events import StoredEvent
from conversations.handlers.portals import send_instructions
from conversations.models import Article, Blob, BlobUse, Category, Portal
from tests import factories
from tests.factories import Cast

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(24)


@pytest.fixture
def alice(cast: Cast, api: Any) -> Any:
    return api(cast.alice)


@pytest.fixture
def shop(alice: Any) -> dict[str, Any]:
    """A portal in English and Chinese."""
    config = {"allowed_locales": ["en", "zh_CN"], "default_locale": "en"}
    return made(alice, "", {"name": "Shop help", "slug": "shop", "config": config})


def made(client: Any, path: str, body: Any) -> dict[str, Any]:
    answer = client.send(f"/portals{path}", body)
    assert answer.status_code == 200, answer.content
    shape: dict[str, Any] = answer.json()
    return shape.get("payload", shape)


def article(client: Any, title: str = "Refunds", **fields: Any) -> dict[str, Any]:
    return made(client, "/shop/articles", {"title": title, "content": "Within 30 days.", **fields})


def category(client: Any, slug: str = "money", **fields: Any) -> dict[str, Any]:
    return made(client, "/shop/categories", {"name": slug.title(), "slug": slug, **fields})


def test_a_portal_has_the_contracts_shape_whichever_way_it_is_sent(cast: Cast, alice: Any) -> None:
    config = {"allowed_locales": ["en", "es"], "default_locale": "es", "other": 1}
    body = {"name": "Handbook", "slug": "handbook", "color": "#1F93FF", "config": config}
    shape = made(alice, "", {"portal": {**body, "inbox_id": cast.inbox.pk}})

    inbox = shape.pop("inbox")
    assert (inbox["id"], inbox["channel_type"]) == (cast.inbox.pk, "Channel::WebWidget")
    zero = {"articles_count": 0, "categories_count": 0}
    assert shape == {
        "id": shape["id"],
        "color": "#1F93FF",
        "custom_domain": None,
        "header_text": "",
        "homepage_link": "",
        "name": "Handbook",
        "page_title": "",
        "slug": "handbook",
        "archived": False,
        "account_id": cast.account.pk,
        "config": {"allowed_locales": [{"code": "en", **zero}, {"code": "es", **zero}]},
        "meta": {
            "all_articles_count": 0,
            "archived_articles_count": 0,
            "published_count": 0,
            "draft_articles_count": 0,
            "mine_articles_count": 0,
            "categories_count": 0,
            "default_locale": "es",
        },
    }
    listed = alice.read("/portals").json()
    assert listed["meta"] == {"current_page": 1, "portals_count": 1}
    assert listed["payload"][0]["slug"] == "handbook"
    assert alice.read("/portals/handbook").json()["inbox"]["id"] == cast.inbox.pk
    changed = alice.send("/portals/handbook", {"slug": "book", "inbox_id": None}, "patch").json()
    assert (changed["slug"], "inbox" in changed) == ("book", False)
    assert alice.read("/portals/handbook").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"slug": "a b"}, "slug"),
        ({"slug": "../x"}, "slug"),
        ({"slug": ""}, "slug"),
        ({"name": " "}, "name"),
        ({"color": "red;"}, "color"),
        ({"custom_domain": "no domain"}, "custom_domain"),
        ({"custom_domain": "localhost"}, "custom_domain"),
        ({"homepage_link": "javascript:alert(1)"}, "homepage_link"),
        ({"config": {"allowed_locales": []}}, "config"),
        ({"config": {"allowed_locales": ["../en"]}}, "config"),
        ({"config": {"allowed_locales": ["en"], "default_locale": "fr"}}, "config"),
        ({"inbox_id": 10**17}, "inbox_id"),
        ({"blob_id": "forged"}, "blob_id"),
    ],
)
def test_what_a_portal_cannot_be_changes_nothing(alice: Any, shop: Any, wrong: Any, field: str) -> None:
    before = alice.read("/portals/shop").json()

    answer = alice.send("/portals/shop", wrong, "patch")

    assert (answer.status_code, answer.json()["attributes"]) == (422, [field])
    assert alice.read("/portals/shop").json() == before


def test_a_slug_is_one_of_the_whole_installation(cast: Cast, api: Any, shop: Any) -> None:
    answer = api(cast.dora).send("/portals", {"name": "Another", "slug": "shop"})

    assert (answer.status_code, answer.json()["message"]) == (422, "Slug has already been taken")
    with account_scope(cast.other.pk):
        assert not Portal.objects.exists()


def test_a_logo_is_an_upload_that_is_kept_while_it_is_shown(cast: Cast, alice: Any, shop: Any) -> None:
    upload = alice.post(alice.base + "/upload", {"attachment": SimpleUploadedFile("logo.png", PNG)}).json()

    answer = alice.send("/portals/shop", {"portal": {}, "blob_id": upload["blob_id"]}, "patch")

    logo = answer.json()["logo"]
    assert (logo["filename"], logo["file_type"], logo["account_id"]) == (
        "logo.png",
        "image/png",
        cast.account.pk,
    )
    assert logo["file_url"] == upload["file_url"]
    with account_scope(cast.account.pk):
        assert BlobUse.objects.get().subject == f"portal:{shop['id']}"
    text = alice.post(alice.base + "/upload", {"attachment": SimpleUploadedFile("a.txt", b"text")}).json()
    assert alice.send("/portals/shop", {"blob_id": text["blob_id"]}, "patch").status_code == 422
    assert alice.delete(f"{alice.base}/portals/shop/logo").status_code == 200
    assert "logo" not in alice.read("/portals/shop").json()
    with account_scope(cast.account.pk):
        assert not BlobUse.objects.exists()


def test_a_portal_is_archived_and_deleted_with_all_that_is_in_it(cast: Cast, alice: Any, shop: Any) -> None:
    article(alice, category_id=category(alice)["id"])

    assert alice.send("/portals/shop/archive", method="patch").json()["archived"] is True
    assert alice.delete(f"{alice.base}/portals/shop").status_code == 200
    with account_scope(cast.account.pk):
        assert not Portal.objects.exists() and not Article.objects.exists() and not Category.objects.exists()


def test_instructions_go_to_whoever_keeps_the_domain(cast: Cast, alice: Any, shop: Any, outbox: Any) -> None:
    refused = alice.send("/portals/shop/send_instructions", {"email": "dns@shop.test"})
    assert (refused.status_code, refused.json()["attributes"]) == (422, ["custom_domain"])
    assert alice.read("/portals/shop/ssl_status").status_code == 422
    alice.send("/portals/shop", {"custom_domain": "https://Help.Shop.test/"}, "patch")
    assert alice.send("/portals/shop/send_instructions", {"email": "nobody"}).status_code == 422

    assert alice.send("/portals/shop/send_instructions", {"email": "dns@shop.test"}).status_code == 200
    assert alice.read("/portals/shop/ssl_status").json() == {"status": None, "verification_errors": None}
    name, payload = outbox()[-1]
    assert name == "portal.instructions_requested"
    event = StoredEvent(
        id=1, account_id=cast.account.pk, name=name, version=1, payload=payload, seq=1, created_at=NOW
    )
    with account_scope(cast.account.pk):
        send_instructions(event)
    (letter,) = mail.outbox
    assert letter.to == ["dns@shop.test"]
    assert "help.shop.test  CNAME" in letter.body


# --- categories -----------------------------------------------------------------------------------------------
def test_categories_know_their_neighbours_and_their_translation(cast: Cast, alice: Any, shop: Any) -> None:
    money = category(alice, "money", icon="💶", position=1, description="Paying")
    chinese = category(alice, "qian", locale="zh_CN", associated_category_id=money["id"])
    second = category(alice, "qian2", locale="zh_CN", associated_category_id=chinese["id"])
    refunds = category(alice, "refunds", parent_category_id=money["id"], related_category_ids=[money["id"]])

    slim = {"id": money["id"], "name": "Money", "slug": "money", "locale": "en"}
    assert money == {
        **slim,
        "description": "Paying",
        "position": 1,
        "account_id": cast.account.pk,
        "icon": "💶",
        "meta": {"articles_count": 0},
    }
    assert (
        chinese["root_category"] == slim == second["root_category"]
    )  # of the original, not of a translation
    assert (refunds["parent_category"], refunds["related_categories"]) == (slim, [slim])
    listed = alice.read("/portals/shop/categories", locale="zh_CN").json()
    assert [one["slug"] for one in listed["payload"]] == ["qian", "qian2"]
    assert listed["meta"] == {"current_page": 1, "categories_count": 2}
    changed = alice.send(f"/portals/shop/categories/{refunds['id']}", {"related_category_ids": []}, "patch")
    assert "related_categories" not in changed.json()["payload"]
    assert alice.read(f"/portals/shop/categories/{money['id']}").json() == {"payload": money}
    assert alice.delete(f"{alice.base}/portals/shop/categories/{money['id']}").status_code == 200
    assert alice.read(f"/portals/shop/categories/{money['id']}").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"locale": "fr"},
        {"slug": "money"},
        {"slug": "a/b"},
        {"parent_category_id": 10**17},
        {"related_category_ids": [10**17]},
        {"position": "first"},
        {"position": 2**40},
        {"name": ""},
    ],
)
def test_what_a_category_cannot_be_is_not_stored(alice: Any, shop: Any, wrong: Any) -> None:
    category(alice, "money")

    answer = alice.send("/portals/shop/categories", {"name": "X", "slug": "x", **wrong})

    assert answer.status_code == 422, answer.content
    assert alice.read("/portals/shop/categories").json()["meta"]["categories_count"] == 1


# --- articles -------------------------------------------------------------------------------------------------
def test_an_article_has_the_contracts_shape(cast: Cast, alice: Any, shop: Any) -> None:
    money = category(alice, "money")
    meta = {"title": "Refunds", "tags": ["money"]}
    made_one = article(alice, category_id=money["id"], status=1, meta=meta, description="How")

    assert made_one["slug"].endswith("-refunds")
    assert {key: made_one[key] for key in ("title", "content", "description", "status", "position")} == {
        "title": "Refunds",
        "content": "Within 30 days.",
        "description": "How",
        "status": "published",
        "position": 10,
    }
    assert made_one["category"] == {"id": money["id"], "name": "Money", "slug": "money", "locale": "en"}
    assert made_one["author"]["email"] == cast.alice.user.email
    assert (made_one["views"], made_one["meta"], made_one["account_id"]) == (0, meta, cast.account.pk)
    assert article(alice, "Second", category_id=money["id"])["position"] == 20
    loose = article(alice, "Third")
    assert loose["category"] == {"id": None, "name": None, "slug": None, "locale": None}
    assert loose["status"] == "draft"


def test_articles_are_listed_by_what_is_asked_for(cast: Cast, alice: Any, shop: Any) -> None:
    money = category(alice, "money")
    qian = category(alice, "qian", locale="zh_CN")
    first = article(alice, "Refunds", category_id=money["id"], status="published")
    second = article(alice, "Delivery", category_id=money["id"], content="Ask for a refund there.")
    article(alice, "退款政策", category_id=qian["id"], status="archived", author_id=cast.bob.user_id)

    def titles(**asked: Any) -> list[str]:
        answer = alice.read("/portals/shop/articles", **asked)
        assert answer.status_code == 200, answer.content
        return [one["title"] for one in answer.json()["payload"]]

    assert titles(locale="en") == ["Delivery", "Refunds"]
    assert titles(category_slug="money") == ["Refunds", "Delivery"]
    assert titles(status="published") == ["Refunds"] == titles(status=1)
    assert titles(author_id=cast.bob.user_id) == ["退款政策"]
    assert titles(query="REFUND") == ["Refunds", "Delivery"]  # in the title first
    assert titles(query="réfund") == ["Refunds", "Delivery"]
    assert titles(query="退款") == ["退款政策"]
    assert titles(query="refund there") == ["Delivery"]
    assert titles(query="nothing") == []
    assert alice.read("/portals/shop/articles", status="gone").status_code == 422
    meta = alice.read("/portals/shop/articles", page=2).json()["meta"]
    assert meta == {
        "all_articles_count": 3,
        "archived_articles_count": 1,
        "articles_count": 3,
        "current_page": "2",
        "draft_articles_count": 1,
        "mine_articles_count": 2,
        "published_count": 1,
    }
    portal = alice.read("/portals/shop").json()
    counts = [(one["articles_count"], one["categories_count"]) for one in portal["config"]["allowed_locales"]]
    assert counts == [(2, 1), (1, 1)]
    positions = {"positions_hash": {first["id"]: 30, second["id"]: 5, 10**15: 1}}
    assert alice.send("/portals/shop/articles/reorder", positions).status_code == 200
    assert titles(category_slug="money") == ["Delivery", "Refunds"]
    assert alice.send("/portals/shop/articles/reorder", {"positions_hash": {"x": 1}}).status_code == 422


def test_the_accounts_search_finds_articles_of_any_status(
    cast: Cast, api: Any, alice: Any, shop: Any
) -> None:
    found = article(alice, "Refunds", category_id=category(alice)["id"])

    hits = api(cast.bob).read("/search/articles", q="refund").json()["payload"]["articles"]

    assert hits == [
        {
            "id": found["id"],
            "title": "Refunds",
            "locale": "en",
            "content": "Within 30 days.",
            "slug": found["slug"],
            "portal_slug": "shop",
            "account_id": cast.account.pk,
            "category_name": "Money",
            "status": "draft",
            "updated_at": found["updated_at"],
        }
    ]
    assert api(cast.charlie).read("/search/articles", q="refund").json()["payload"]["articles"] == []
    assert api(cast.bob).read("/search", q="refund").json()["payload"]["articles"] == hits


def test_a_translation_belongs_to_the_original(alice: Any, shop: Any) -> None:
    first = article(alice, "Refunds")
    second = article(alice, "退款", locale="zh_CN", associated_article_id=first["id"])
    article(alice, "退款二", locale="zh_CN", associated_article_id=second["id"])

    shown = alice.read(f"/portals/shop/articles/{first['id']}").json()["payload"]

    assert [one["title"] for one in shown["associated_articles"]] == ["退款", "退款二"]


def test_pictures_in_an_article_are_kept_as_long_as_they_are_in_it(cast: Cast, alice: Any, shop: Any) -> None:
    upload = alice.post(alice.base + "/upload", {"attachment": SimpleUploadedFile("a.png", PNG)}).json()
    shown = article(alice, content=f"![A]({upload['file_url']})")

    def uses() -> list[str]:
        with account_scope(cast.account.pk):
            return list(BlobUse.objects.values_list("subject", flat=True))

    path = f"/portals/shop/articles/{shown['id']}"
    assert uses() == [f"article:{shown['id']}"]
    alice.send(path, {"content": "Without it"}, "patch")
    assert uses() == []
    alice.send(path, {"article": {"content": f"![A]({upload['file_url']})"}}, "patch")
    assert alice.delete(alice.base + path).status_code == 200
    assert uses() == []
    with account_scope(cast.account.pk):
        assert Blob.objects.count() == 1  # until the sweep


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"locale": "fr"},
        {"status": "gone"},
        {"status": 3},
        {"status": True},
        {"category_id": 10**17},
        {"author_id": 10**17},
        {"associated_article_id": 10**17},
        {"slug": "a b"},
        {"content": "x" * 20_001},
        {"meta": "text"},
        {"status": 1, "content": " "},
    ],
)
def test_what_an_article_cannot_be_is_not_stored(cast: Cast, alice: Any, shop: Any, wrong: Any) -> None:
    answer = alice.send("/portals/shop/articles", {"title": "Refunds", "content": "x", **wrong})

    assert answer.status_code == 422, answer.content
    with account_scope(cast.account.pk):
        assert not Article.objects.exists()


def test_a_category_of_another_portal_is_none_of_this_one(alice: Any, shop: Any) -> None:
    made(alice, "", {"name": "Other", "slug": "other"})
    foreign = made(alice, "/other/categories", {"name": "X", "slug": "x"})

    answer = alice.send(
        "/portals/shop/articles", {"title": "A", "content": "x", "category_id": foreign["id"]}
    )

    assert answer.json()["attributes"] == ["category_id"]
    assert alice.read(f"/portals/shop/categories/{foreign['id']}").status_code == 404


def test_agents_read_lists_and_change_nothing(cast: Cast, api: Any, alice: Any, shop: Any) -> None:
    shown = article(alice)
    bob = api(cast.bob)

    assert bob.read("/portals").status_code == 200
    assert bob.read("/portals/shop/articles").json()["meta"]["articles_count"] == 1
    for path, method in (
        ("/portals/shop", "patch"),
        ("/portals/shop/articles", "post"),
        (f"/portals/shop/articles/{shown['id']}", "delete"),
        (f"/portals/shop/articles/{shown['id']}", "get"),
        ("/portals/shop/categories", "post"),
        ("/portals/shop", "delete"),
    ):
        assert bob.send(path, {"name": "x"}, method).status_code == 401, (path, method)
    assert alice.read("/portals/shop").json()["meta"]["all_articles_count"] == 1


def test_an_inbox_points_to_a_help_centre(cast: Cast, alice: Any, shop: Any) -> None:
    path = f"/inboxes/{cast.inbox.pk}"

    answer = alice.send(path, {"portal_id": shop["id"]}, "patch")

    assert answer.json()["help_center"] == {"name": "Shop help", "slug": "shop"}
    assert "help_center" not in alice.send(path, {"portal_id": None}, "patch").json()
    assert alice.send(path, {"portal_id": 10**17}, "patch").status_code == 422


def test_lists_ask_the_same_number_of_queries_for_one_and_for_many(alice: Any, shop: Any) -> None:
    def asked() -> tuple[int, ...]:
        paths = ("/portals", "/portals/shop/articles", "/portals/shop/categories")
        return tuple(factories.count_queries(partial(alice.read, path)) for path in paths)

    money = category(alice, "money")
    article(alice, category_id=money["id"])
    for path in ("/portals", "/portals/shop/articles"):
        alice.read(path)
    one = asked()
    for number in range(5):
        other = category(alice, f"c{number}", related_category_ids=[money["id"]])
        article(alice, f"A{number}", category_id=other["id"], associated_article_id=article(alice)["id"])
        made(alice, "", {"name": "P", "slug": f"p{number}"})
    assert asked() == one
