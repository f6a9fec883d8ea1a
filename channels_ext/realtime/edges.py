"""Where a socket comes from: its origin, address, session cookie and language. Pure, but for settings."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.utils import translation

Scope = Any  # the ASGI scope of a websocket

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOCAL_HOSTS = [".localhost", "127.0.0.1", "[::1]"]


def header(scope: Scope, name: bytes) -> str:
    """The header's value, "" when it is missing. Of several the last one counts."""
    return next((value.decode("latin1") for key, value in reversed(scope["headers"]) if key == name), "")


def origin_of(url: str) -> tuple[str, str, int] | None:
    """(scheme, host, port) of an origin or URL as browsers compare them; None for `null` and nonsense."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if not parts.hostname or port is None:
        return None
    return parts.scheme, parts.hostname, port


def is_our_page(scope: Scope) -> bool:
    """Whether one of our own pages opened the socket. Cookies ride along from any page, so a missing
    Origin is refused as well."""
    origin = origin_of(header(scope, b"origin"))
    if origin is None:
        return False
    if origin == origin_of(settings.PUBLIC_URL):
        return True
    # The same host under another allowed name. The scheme is not compared: a proxy may speak TLS for us.
    host = header(scope, b"host")
    here = origin_of(f"{origin[0]}://{host}")
    hosts = settings.ALLOWED_HOSTS or (_LOCAL_HOSTS if settings.DEBUG else [])
    return origin == here and validate_host(origin[1], hosts)


def client_address(scope: Scope) -> str:
    """The address as the outermost trusted proxy saw it."""
    trusted = settings.TRUSTED_PROXY_COUNT
    forwarded = [part.strip() for part in header(scope, b"x-forwarded-for").split(",") if part.strip()]
    if trusted and len(forwarded) >= trusted:  # fewer hops than proxies: the header is the client's own
        return forwarded[-trusted]
    return str((scope.get("client") or ["?"])[0])


def session_key(scope: Scope) -> str | None:
    return _cookies(scope).get(settings.SESSION_COOKIE_NAME)


def _cookies(scope: Scope) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header(scope, b"cookie")).items()}
    except CookieError:
        return {}


def language(scope: Scope, *, asked: Any, own: str) -> str:
    """The page's language as it says; else as its cookie, its user or its browser have it."""
    accepted = header(scope, b"accept-language").split(",")[0].split(";")[0].strip()
    for code in (asked, _cookies(scope).get(settings.LANGUAGE_COOKIE_NAME), own, accepted):
        if isinstance(code, str) and code and len(code) <= 16:
            try:
                return translation.get_supported_language_variant(code.lower())
            except LookupError:
                continue
    return settings.LANGUAGE_CODE
