"""Clients of others, as they are installed, against a server that really listens."""

from tests.browser.conftest import browser, enter, open_page, site

__all__ = ["browser", "enter", "open_page", "site"]
