"""What every sender of webhooks shares: when to try again, how to sign, what one try came to.

Ten tries over 76 hours (Standard Webhooks); the same id and body at every try, a new time and signature.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import time
from dataclasses import dataclass

from config import outbound

# Seconds until the next try.
WAITS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
MOST_TRIES = len(WAITS) + 1
# Longer than a call may take: after it, whoever was sending is dead.
LEASE_SECONDS = outbound.TOTAL_SECONDS + 1

GONE = 410


@dataclass(frozen=True)
class Outcome:
    """Of one try. `last`: there is no sense in another one."""

    reason: str = ""
    status: int | None = None
    latency_ms: int | None = None
    accepted: bool = False
    last: bool = False


def wait_after(attempts: int) -> float:
    """Seconds, with jitter, so that what failed together does not come back together."""
    return WAITS[attempts - 1] * random.uniform(0.8, 1.2)


def try_once(url: str, *, secret: str, key: str, body: bytes) -> Outcome:
    """One call. Never raises for what the other side does."""
    try:
        answer = outbound.post(url, body=body, headers=signed_headers(secret, key, body))
    except outbound.Unreachable as error:
        return Outcome(str(error))
    return Outcome(
        reason="" if answer.accepted else f"answered {answer.status}: {answer.text[:300]}",
        status=answer.status,
        latency_ms=answer.latency_ms,
        accepted=answer.accepted,
        last=answer.status == GONE,
    )


def signed_headers(secret: str, key: str, body: bytes, *, now: float | None = None) -> dict[str, str]:
    """Standard Webhooks headers over the bytes sent, and the plain hex form that Chatwoot's tools check."""
    moment = str(int(now or time.time()))
    signed = b".".join([key.encode(), moment.encode(), body])
    digest = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    plain = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "webhook-id": key,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{digest}",
        "X-Chatwoot-Timestamp": moment,
        "X-Chatwoot-Signature": f"sha256={plain}",
    }
