"""Everything that can be done, and everywhere one can go, from one field."""

from __future__ import annotations

from tests import factories
from tests.browser.conftest import Enter
from tests.browser.steps import IN_A_BROWSER, head_says, opened, thread_says, until
from tests.factories import Cast

pytestmark = IN_A_BROWSER
MARKED = "document.querySelector('.palette [aria-selected=true]')?.textContent ?? ''"


def test_the_palette_acts_on_what_is_open_and_jumps_to_conversations_and_folders(
    committed_cast: Cast, enter: Enter
) -> None:
    cast = committed_cast
    hidden = factories.make_conversation(cast.inbox, "Zoë Quist", "I am not in your list")
    other = factories.make_conversation(cast.inbox, "Ana")
    factories.make_team(cast.account, "returns", cast.bob)
    bob = enter(cast.bob, f"/conversations/{other.display_id}")
    until(bob, "!!document.querySelector('#sections a')")

    # Out of the middle of writing: nothing that was written is lost, and the act is done.
    bob.focus("#composer-text")
    bob.keyboard.type("Half a thou")
    bob.keyboard.press("Control+k")
    bob.keyboard.type("resol")
    until(bob, f"({MARKED}).includes('Resolve')")
    bob.keyboard.press("Enter")
    head_says(bob, "status", "resolved")
    assert bob.input_value("#composer-text") == "Half a thou"

    # A conversation that only the server knows, by letters without their accents.
    bob.keyboard.press("Control+k")
    bob.keyboard.type("zoe qui")
    until(bob, "!!document.querySelector('.palette [data-kind=talk]')")
    until(bob, f"({MARKED}).includes('Zo')")
    bob.keyboard.press("Enter")
    opened(bob, hidden.display_id)
    thread_says(bob, "I am not in your list")

    # A folder; Escape leaves everything as it was.
    until(bob, "!!document.querySelector('#sections a')")
    bob.keyboard.press("Control+k")
    bob.keyboard.type("unattended")
    until(bob, f"({MARKED}).includes('Unattended')")
    bob.keyboard.press("Escape")
    until(bob, "!document.querySelector('dialog[open]')")
    opened(bob, hidden.display_id)
    bob.keyboard.press("Control+k")
    bob.keyboard.type("return")
    until(bob, f"({MARKED}).includes('returns')")
    bob.keyboard.press("Enter")
    bob.wait_for_url("**/team/*")
