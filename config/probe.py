"""`python -m config.probe web|relay|worker|beat`: is the process of this container alive? Exit code 0 or 1.

Asked every few seconds, so it loads nothing: neither Django nor the settings. Whether everything works together
is what /health answers; a container is not restarted because the database is away.
"""

from __future__ import annotations

import http.client
import os
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

# Seconds of silence after which a part counts as dead. beat leaves its sign with its schedule, now and then.
PATIENCE = {"relay": 20.0, "worker": 30.0, "beat": 600.0}
TIMEOUT = 4.0


def web_lives(*, port: int, host: str) -> bool:
    """`host` is the name people use: any other is refused (ALLOWED_HOSTS)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/health/live", headers={"Host": host, "Connection": "close"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def signed_lately(*, part: str, data_dir: Path) -> bool:
    files = (data_dir / "run").glob("beat-schedule*" if part == "beat" else f"{part}.sign")
    newest = max((file.stat().st_mtime for file in files), default=0.0)
    return time.time() - newest < PATIENCE[part]


def main(arguments: list[str]) -> int:
    part = arguments[0] if arguments else "web"
    if part == "web":
        host = urlsplit(os.environ.get("PUBLIC_URL", "")).netloc or "localhost"
        lives = web_lives(port=int(os.environ.get("PORT") or 8000), host=host)
    elif part in PATIENCE:
        lives = signed_lately(part=part, data_dir=Path(os.environ.get("DATA_DIR") or "var"))
    else:
        print(f"usage: python -m config.probe web|{'|'.join(PATIENCE)}", file=sys.stderr)
        return 2
    print(f"{part}: {'alive' if lives else 'silent'}")
    return 0 if lives else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
