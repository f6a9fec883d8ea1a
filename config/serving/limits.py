"""How many sockets one process may hold open, and how long its end may take."""

from __future__ import annotations

import resource

STOP_SECONDS = 5.0


def allow_many_sockets() -> int:
    """Raise the soft limit on open files to the hard one: shells start with 1,024, and every visitor with an
    open chat is a socket. Returns the limit now in force."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard if hard != resource.RLIM_INFINITY else max(soft, 65_536)
    if soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (ValueError, OSError):  # macOS says "unlimited" and means less
            return soft
    return wanted
