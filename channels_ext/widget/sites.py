"""The sites that may use a widget: what an administrator typed, compared as browsers compare it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import idna
from django.conf import settings
from django.utils.translation import gettext as _

from config.problems import Forbidden

_PORTS = {"http": 80, "https": 443}
_TYPED = re.compile(r"(?:(https?)://)?(\*\.)?([^/:?#@\\]+)(?::([0-9]{1,5}))?(?:[/?#].*)?", re.I)
_NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_ORIGIN = re.compile(r"(https?)://([^/:?#@\\\s]+)(?::([0-9]{1,5}))?")


@dataclass(frozen=True)
class Site:
    """`scheme` "" is either, but never plain http beside our own https; `port` None is the scheme's own."""

    scheme: str
    host: str  # ASCII, lower case; "*.shop.test" for every subdomain, but not shop.test itself
    port: int | None

    @property
    def source(self) -> str:
        """As a Content-Security-Policy names it."""
        scheme = f"{self.scheme}://" if self.scheme else ""
        return f"{scheme}{self.host}" + (f":{self.port}" if self.port is not None else "")

    def matches(self, origin: str) -> bool:
        parts = _ORIGIN.fullmatch(origin.lower())
        if parts is None:
            return False
        scheme, host = parts[1], parts[2]
        schemes = {self.scheme} if self.scheme else {"https", settings.PUBLIC_URL.split(":")[0]}
        if scheme not in schemes or int(parts[3] or _PORTS[scheme]) != (self.port or _PORTS[scheme]):
            return False
        return host.endswith(self.host[1:]) if self.host.startswith("*.") else host == self.host


def is_limited(typed: str) -> bool:
    """Whether sites are listed at all. A list of nothing but nonsense admits nobody, it does not open."""
    return bool(_words(typed))


def listed(typed: str) -> list[Site]:
    """What can be read of the list. Everything else stays out of headers, where it could say more than a name."""
    return [site for site in map(_site, _words(typed)) if site]


def _words(typed: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", typed) if word]


def _site(word: str) -> Site | None:
    parts = _TYPED.fullmatch(word)
    if parts is None:
        return None
    scheme, star, host, port = parts.groups()
    name = _ascii(host)
    if not _NAME.fullmatch(name) or int(port or 1) not in range(1, 65536):
        return None
    return Site((scheme or "").lower(), (star or "") + name, int(port) if port else None)


def _ascii(host: str) -> str:
    host = host.lower()
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return ""


def check(*, typed: str, origin: str) -> None:
    """Raises Forbidden for a page of another site than those listed. Our own frame may always call; what
    sends no Origin is no browser, and holds no visitor's storage."""
    if not is_limited(typed) or not origin or origin == settings.PUBLIC_URL:
        return
    if not any(site.matches(origin) for site in listed(typed)):
        raise Forbidden(_("This site may not use this widget."), code="wrong_origin")


def frame_ancestors(typed: str) -> list[str]:
    """For the frame's Content-Security-Policy."""
    return ["'self'", *(site.source for site in listed(typed))] if is_limited(typed) else ["*"]
