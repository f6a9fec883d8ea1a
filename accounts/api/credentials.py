"""What a request shows at the door: the header `api_access_token`, or the five of a session."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import orjson
from django.utils.translation import gettext as _

from accounts.models import DeviceSession
from accounts.queries.door import Credential
from config.problems import NotSignedIn

# Nothing of ours is longer, and what is sent is hashed before it is known to be anybody's.
_MOST = 2048


def shown_by(request: Any) -> Credential:
    """The token wins over a session. Raises NotSignedIn."""
    token: str = request.META.get("HTTP_API_ACCESS_TOKEN", "")
    if token:
        return Credential.of_token(token)
    session = session_shown_by(request)
    if session is None:
        raise signed_out()
    return session


def session_shown_by(request: Any) -> Credential | None:
    """By `access-token`, `client` and `uid`, or by `Authorization: Bearer` with the same as base64 of JSON."""
    named = request.META
    token, client, uid = (named.get(f"HTTP_{name}", "") for name in ("ACCESS_TOKEN", "CLIENT", "UID"))
    if not token:
        token, client, uid = _of_bearer(named.get("HTTP_AUTHORIZATION", ""))
    if not (token and client and uid) or len(token) + len(client) + len(uid) > _MOST:
        return None
    return Credential.of_session(uid=uid, client=client, token=token)


def _of_bearer(header: str) -> tuple[str, str, str]:
    scheme, _space, packed = header.partition(" ")
    if scheme.lower() != "bearer" or len(packed) > _MOST:
        return "", "", ""
    try:
        values = orjson.loads(base64.b64decode(packed.strip()))
    except (binascii.Error, ValueError):
        return "", "", ""
    if not isinstance(values, dict):
        return "", "", ""
    token, client, uid = (values.get(name) for name in ("access-token", "client", "uid"))
    are_texts = isinstance(token, str) and isinstance(client, str) and isinstance(uid, str)
    return (token, client, uid) if are_texts else ("", "", "")  # type: ignore[return-value]


def session_headers(session: DeviceSession, *, uid: str, token: str) -> dict[str, str]:
    """What the device has to send from now on, as five headers and as one."""
    five = {
        "access-token": token,
        "token-type": "Bearer",
        "client": session.client,
        "expiry": str(int(session.expires_at.timestamp())),
        "uid": uid,
    }
    packed = base64.b64encode(orjson.dumps(five)).decode()
    return {**five, "authorization": f"Bearer {packed}"}


def signed_out() -> NotSignedIn:
    """Nothing was shown, or a session that is over."""
    return NotSignedIn(_("You need to sign in or sign up before continuing."), code="no_token")


def refused(shown: Credential) -> NotSignedIn:
    """The same for every reason."""
    if shown.is_session:
        return signed_out()
    return NotSignedIn(_("Invalid Access Token"), code="unauthorized")
