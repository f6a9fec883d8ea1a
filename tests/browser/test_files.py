"""Files, as an agent sends and looks at them: picked, dropped, refused, cancelled, tried again; and the pictures of
a thread, by keyboard. The whole installation runs, so previews are made by its worker."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page

from tests.browser.places import (
    IN_A_BROWSER,
    Installation,
    Open,
    open_chat,
    open_conversation,
    say,
    says,
    sign_in,
    until,
)

pytestmark = IN_A_BROWSER


def picture(width: int, height: int, colour: str) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(target, "PNG")
    return target.getvalue()


def file(name: str, content: bytes, kind: str = "application/octet-stream") -> Any:
    return {"name": name, "mimeType": kind, "buffer": content}


def states(page: Page) -> list[tuple[str, str]]:
    script = """[...document.querySelectorAll(".upload")].map((row) =>
        [row.querySelector(".cut-middle").textContent, row.dataset.state])"""
    return [(name, state) for name, state in page.evaluate(script)]


def until_states(page: Page, expected: list[tuple[str, str]]) -> None:
    end = time.monotonic() + 15
    while states(page) != expected:
        assert time.monotonic() < end, states(page)
        page.wait_for_timeout(30)


@pytest.fixture
def bob(installation: Installation, open_page: Open) -> Page:  # noqa: F811
    """On a conversation of their own."""
    page, vera = open_page("bob"), open_page("vera")
    sign_in(page, installation)
    chat = open_chat(vera, installation)
    text = f"Which colours are there? {time.time_ns()}"
    say(chat, text)
    says(page, "#rows", text)
    open_conversation(page, text)
    return page


Screen = Callable[[Page, str], None]


def test_files_are_stored_while_the_text_is_written(bob: Page, screen: Screen) -> None:  # noqa: F811
    wire = bob.context.new_cdp_session(bob)
    wire.send("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 600_000}
    wire.send("Network.emulateNetworkConditions", slow)
    files = [file("large.pdf", b"%PDF-1.7\n" + bytes(2_000_000)), file("small.pdf", b"%PDF-1.7\n")]
    bob.fill("#composer-text", "Here is the catalogue")
    bob.set_input_files("input[name=attachments]", files)

    seen = set()
    end = time.monotonic() + 15
    while ("large.pdf", "stored") not in states(bob) and time.monotonic() < end:
        seen.add(bob.evaluate("document.querySelector('.upload progress').value"))
        bob.wait_for_timeout(40)
    assert len([value for value in seen if 0 < value < 1]) >= 3, seen  # it moved
    screen(bob, "1-stored")
    assert bob.input_value("#composer-text") == "Here is the catalogue"

    bob.press("#composer-text", "Control+Enter")
    says(bob, "#thread", "large.pdf")
    until(bob, "!document.querySelector('.bubble[data-pending]')")
    assert bob.evaluate("document.querySelectorAll('#thread a.file[download]').length") == 2
    assert states(bob) == []


def test_what_cannot_be_sent_says_why_and_keeps_the_text(bob: Page, screen: Screen) -> None:  # noqa: F811
    bob.fill("#composer-text", "Look at these")
    bob.set_input_files(
        "input[name=attachments]",
        [file("huge.zip", b"PK\x03\x04" + bytes(10 * 1024 * 1024)), file("ok.pdf", b"%PDF-1.7\n")],
    )
    until_states(bob, [("huge.zip", "refused"), ("ok.pdf", "stored")])
    says(bob, ".upload", "Larger than 10 MB.")

    bob.press("#composer-text", "Control+Enter")
    says(bob, "#composer-notice", "huge.zip: Larger than 10 MB.")
    assert bob.input_value("#composer-text") == "Look at these"
    screen(bob, "1-refused")

    bob.click(".upload[data-state=refused] .file__remove")
    bob.press("#composer-text", "Control+Enter")
    says(bob, "#thread", "Look at these")
    says(bob, "#thread", "ok.pdf")


def test_a_failed_upload_is_tried_again_and_a_cancelled_one_forgotten(bob: Page) -> None:
    def without_network(route: Any) -> None:
        route.abort("internetdisconnected") if route.request.method == "POST" else route.continue_()

    bob.route("**/uploads", without_network)
    bob.set_input_files(
        "input[name=attachments]", [file("a.pdf", b"%PDF-1.7\n"), file("b.pdf", b"%PDF-1.7\n")]
    )
    until_states(bob, [("a.pdf", "failed"), ("b.pdf", "failed")])
    bob.unroute("**/uploads")

    bob.click(".upload >> nth=0 >> .upload__retry")
    until_states(bob, [("a.pdf", "stored"), ("b.pdf", "failed")])
    bob.click(".upload >> nth=1 >> .file__remove")
    until_states(bob, [("a.pdf", "stored")])
    with bob.expect_response(lambda answer: answer.request.method == "DELETE") as removed:
        bob.click(".upload >> nth=0 >> .file__remove")
    assert removed.value.status == 204
    assert states(bob) == []


def test_five_files_are_pasted_and_dropped(bob: Page) -> None:
    give = """([kind, names]) => {
        const data = new DataTransfer();
        for (const name of names) data.items.add(new File(["%PDF-1.7 " + name], name, {type: "application/pdf"}));
        const target = document.getElementById("composer-text");
        const how = {bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data};
        const event = kind === "paste" ? new ClipboardEvent(kind, how) : new DragEvent(kind, how);
        target.dispatchEvent(event);
    }"""
    bob.evaluate(give, ["paste", ["1.pdf", "2.pdf"]])
    bob.evaluate(give, ["drop", ["3.pdf", "4.pdf", "5.pdf"]])

    until_states(bob, [(f"{number}.pdf", "stored") for number in range(1, 6)])


def test_pictures_have_their_room_before_they_load_and_open_by_keyboard(bob: Page, screen: Screen) -> None:  # noqa: F811
    colours = [("teal.png", picture(1600, 900, "teal")), ("plum.png", picture(500, 800, "plum"))]
    bob.set_input_files("input[name=attachments]", [file(*one, kind="image/png") for one in colours])
    until_states(bob, [("teal.png", "stored"), ("plum.png", "stored")])
    bob.press("#composer-text", "Control+Enter")
    until(bob, "document.querySelectorAll('#thread .bubble[data-id] .picture').length === 2")
    height = "document.querySelector('#thread .pictures').getBoundingClientRect().height"
    before = bob.evaluate(height)
    until(bob, "document.querySelectorAll('#thread [data-lightbox] img').length === 2")  # told by the worker
    until(
        bob,
        "[...document.querySelectorAll('#thread .picture__image')].every((image) => image.naturalWidth > 0)",
    )
    assert bob.evaluate(height) == before
    assert bob.evaluate("window.notReloaded") is True
    screen(bob, "1-tiles")

    bob.focus("#thread [data-lightbox] >> nth=0")
    bob.keyboard.press("Enter")
    says(bob, ".lightbox__name", "teal.png")
    says(bob, ".lightbox__count", "1 of 2")
    until(bob, "document.querySelector('.lightbox__image').naturalWidth === 1600")
    bob.keyboard.press("ArrowRight")
    says(bob, ".lightbox__name", "plum.png")
    bob.keyboard.press("ArrowRight")  # the last one
    says(bob, ".lightbox__count", "2 of 2")
    bob.keyboard.press("+")
    assert bob.get_attribute(".lightbox__stage", "data-zoom") == "2"
    screen(bob, "2-zoomed")
    bob.keyboard.press("0")
    bob.keyboard.press("Home")
    says(bob, ".lightbox__name", "teal.png")
    with bob.expect_download() as download:
        bob.keyboard.press("d")
    assert download.value.suggested_filename == "teal.png"
    bob.keyboard.press("Escape")
    until(bob, "!document.querySelector('dialog.lightbox').open")
    assert bob.evaluate("document.activeElement.dataset.name") == "teal.png"
