"""The data directory: who owns it, who is using it, and the secrets made for it."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import pwd
import secrets
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from config.embedded.processes import PidFiles


class Problem(Exception):
    """Something only the person at the keyboard can change. Its text is shown without a traceback."""


class InUse(Problem):
    """Another process holds the data directory; the text says who."""


@dataclass(frozen=True, kw_only=True)
class DataDir:
    path: Path  # absolute

    @classmethod
    def open(cls, path: Path) -> DataDir:
        """Create it when it is missing.

        Problem when it belongs to somebody else. An existing directory's permissions stay as they are.
        """
        path = Path(os.path.abspath(path.expanduser()))
        try:
            if not path.exists():
                path.mkdir(parents=True)
                # As root PostgreSQL runs as another user, who has to pass through.
                path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            _check_owner(path)
            (path / "run").mkdir(mode=0o700, exist_ok=True)
            (path / "log").mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise Problem(f"The data directory {path} cannot be used: {error.strerror}. {_CHOOSE}") from None
        return cls(path=path)

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def pids(self) -> PidFiles:
        return PidFiles(folder=self.run)

    @property
    def fingerprint(self) -> str:
        """Names what has to live elsewhere for this directory."""
        return hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]

    def secrets(self) -> dict[str, str]:
        """SECRET_KEY and FIELD_KEYS, made once. Losing FIELD_KEYS loses every encrypted field, so a file that
        cannot be read is a Problem and never replaced."""
        path = self.path / "secrets.json"
        if not path.exists():
            fresh = {
                "SECRET_KEY": secrets.token_urlsafe(48),
                "FIELD_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
            }
            write_private(path, json.dumps(fresh, indent=2) + "\n")
        try:
            kept = json.loads(path.read_text())
            return {name: str(kept[name]) for name in ("SECRET_KEY", "FIELD_KEYS")}
        except (OSError, ValueError, KeyError, TypeError):
            raise Problem(
                f"{path} cannot be read as the secrets of this installation. Restore it from a backup; "
                "without it the encrypted fields in the database are lost."
            ) from None


_CHOOSE = "Choose another one with DATA_DIR=/some/where."


def _check_owner(path: Path) -> None:
    owner = path.stat().st_uid
    if owner != os.geteuid():
        raise Problem(
            f"The data directory {path} belongs to {_name(owner)}, and you are {_name(os.geteuid())}. "
            f"Run as {_name(owner)}. {_CHOOSE}"
        )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def write_private(path: Path, text: str) -> None:
    """Replace `path` whole or not at all, readable by its owner only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


class Lock:
    """Held by whoever runs processes on a data directory; the kernel lets go of it on any death.

    `holder` completes the sentence "already running …" for the one who comes second. Raises InUse.
    """

    def __init__(self, *, data_dir: DataDir, holder: str) -> None:
        self._path = data_dir.run / "lock"
        self._holder = holder
        self._file: IO[str] | None = None

    def __enter__(self) -> Lock:
        file = self._path.open("a+")  # not inherited by children: Python opens close-on-exec
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            other = file.read().strip()
            file.close()
            raise InUse(f"already running {other}".strip()) from None
        file.truncate(0)
        file.write(self._holder + "\n")
        file.flush()
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None
