"""The one guarded HTTP client. Nothing else in the project opens a connection to an address that a tenant
typed: private networks are refused on the address that is really connected to, redirects are never
followed, answers are cut off by size and time."""

from __future__ import annotations

import time
from dataclasses import dataclass

import requests
from django.conf import settings
from requests_hardened import Config, Manager

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 3.0, 5.0, 10.0
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    latency_ms: int

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


class Unreachable(Exception):
    """No answer: refused address, no connection, time-out. `maybe_received` tells whether the other side may
    have got it all the same."""

    def __init__(self, reason: str, *, maybe_received: bool) -> None:
        super().__init__(reason)
        self.maybe_received = maybe_received


def _manager() -> Manager:
    return Manager(
        Config(
            ip_filter_enable=not settings.PRIVATE_NETWORKS_ALLOWED,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(CONNECT_SECONDS, READ_SECONDS),
            user_agent_override="Parley",
        )
    )


def post(url: str, *, body: bytes, headers: dict[str, str]) -> Answer:
    """POST the bytes. Any answer is an Answer, 3xx too; no answer raises Unreachable."""
    if not url.startswith(("http://", "https://")):
        raise Unreachable("the address is not http or https", maybe_received=False)
    started = time.monotonic()
    try:
        with _manager().get_session() as session:
            session.trust_env = False  # a proxy of the environment would connect where the guard did not look
            response = session.request(
                "POST", url, data=body, headers=headers, stream=True, allow_redirects=False
            )
            text = _read(response, started)
    except requests.exceptions.ConnectTimeout as error:
        raise Unreachable(_reason(error), maybe_received=False) from error
    except (requests.exceptions.ReadTimeout, requests.exceptions.ChunkedEncodingError) as error:
        raise Unreachable(_reason(error), maybe_received=True) from error
    except (requests.RequestException, ValueError, OSError) as error:
        raise Unreachable(_reason(error), maybe_received="Connection aborted" in str(error)) from error
    return Answer(response.status_code, text, int((time.monotonic() - started) * 1000))


def _read(response: requests.Response, started: float) -> str:
    received = b""
    for chunk in response.iter_content(8192):
        received += chunk
        if len(received) > MOST_BYTES or time.monotonic() - started > TOTAL_SECONDS:
            break
    return received[:MOST_BYTES].decode("utf-8", "replace")


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]
