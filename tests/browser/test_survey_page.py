"""The survey's page in a browser: on a phone, by keyboard, with a script or without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from config.database import account_scope
from conversations.models import Conversation, Message, SurveyResponse
from tests import factories
from tests.browser.conftest import Site
from tests.browser.places import Open
from tests.factories import Cast


@pytest.fixture
def talk(committed_cast: Cast) -> Conversation:
    talk = factories.make_conversation(committed_cast.inbox)
    with account_scope(talk.account_id):
        Message.objects.create(
            account_id=talk.account_id,
            conversation=talk,
            inbox_id=talk.inbox_id,
            message_type=Message.Type.TEMPLATE,
            content_type=Message.ContentType.INPUT_CSAT,
            content="How did we do?",
            content_attributes={"display_type": "star"},
        )
    return talk


def ratings(talk: Conversation) -> list[tuple[int, str]]:
    with account_scope(talk.account_id):
        return list(SurveyResponse.objects.values_list("rating", "feedback_message"))


def test_a_contact_answers_on_a_phone_by_keyboard(
    talk: Conversation, site: Site, open_page: Open, screen: Callable[[Page, str], None]
) -> None:
    page = open_page("contact with a phone")
    page.set_viewport_size({"width": 360, "height": 720})
    page.goto(f"{site.url}/survey/responses/{talk.uuid}")
    page.get_by_role("radio", name="Very bad").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.get_by_role("radio", name="Good", exact=True).is_checked()
    screen(page, "survey-phone")
    overflow = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not overflow
    page.get_by_label("Anything you would like to add?").fill("Quick")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Thank you!").wait_for()
    screen(page, "survey-thanks")
    assert ratings(talk) == [(4, "Quick")]


def test_it_needs_no_script(
    talk: Conversation, site: Site, browser: Browser, screen: Callable[[Page, str], None]
) -> None:
    context = browser.new_context(java_script_enabled=False, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{site.url}/survey/responses/{talk.uuid}")
    page.get_by_role("radio", name="Very good").check(force=True)
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Thank you!").wait_for()
    screen(page, "survey-dark")
    context.close()
    assert ratings(talk) == [(5, "")]
