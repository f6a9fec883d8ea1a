from collections.abc import Iterator

import pytest

from tests.server.process import Site


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One running server for the tests of a file; its views are in site.py."""
    running = Site.start()
    yield running
    running.stop()
