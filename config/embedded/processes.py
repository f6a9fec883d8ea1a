"""Processes of ours: start one, write it down, recognise it again later, stop it."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

# Every process we start carries its data directory under this name, and so do the processes it starts.
# That is how the next start finds what a killed supervisor left behind (a pid alone may be recycled).
MARK = "PARLEY_CHILD_OF"

_PR_SET_PDEATHSIG = 1
# Looked up once: between fork and exec only the plainest calls are safe.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

Stages = Sequence[tuple[signal.Signals, float]]


def spawn(
    *,
    argv: Sequence[str],
    env: dict[str, str],
    cwd: Path,
    run_as: pwd.struct_passwd | None = None,
    death_signal: signal.Signals | None = None,
    output: int = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Start `argv` in a session of its own, so that a Ctrl-C in the terminal reaches nobody but us.

    `death_signal` is what the kernel sends it when we die, however we die (Linux only); without one it
    outlives us. The kernel watches the *thread* that started it, so call this from a thread that stays.
    """
    return subprocess.Popen(
        argv,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_die_with(death_signal),
        user=None if run_as is None else run_as.pw_uid,
        group=None if run_as is None else run_as.pw_gid,
        extra_groups=None if run_as is None else [],
    )


def _die_with(death_signal: signal.Signals | None) -> Callable[[], None] | None:
    """Runs in the child after it has changed its user: changing the user would clear the wish again."""
    if _libc is None or death_signal is None:
        return None
    libc, parent = _libc, os.getpid()

    def arm() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:  # we died before the wish was made
            os._exit(1)

    return arm


def alive(process: psutil.Process) -> bool:
    """A zombie is dead: it keeps its pid until someone collects it, which in a container may be never."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(*, pid: int, gone: Callable[[], bool], stages: Stages) -> bool:
    """Send each signal and wait up to its seconds. True once it is gone."""
    for number, seconds in stages:
        if gone():
            return True
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        if wait_until(gone, seconds=seconds):
            return True
    return gone()


def wait_until(condition: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True


def strays(*, mark: str) -> list[psutil.Process]:
    """Every process that we or an earlier supervisor of this data directory started, ourselves left out."""
    family = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in family and _environment(process).get(MARK) == mark and alive(process)
    ]


def _environment(process: psutil.Process) -> dict[str, str]:
    try:
        return process.environ()
    except (psutil.Error, OSError):  # another user's, or gone
        return {}


@dataclass(frozen=True, kw_only=True)
class PidFiles:
    """One file `<name>.pid` per process, holding nothing but the number.

    The file's time is set to the process's start time, so that a recycled pid is not taken for ours.
    """

    folder: Path

    def write(self, *, name: str, pid: int) -> None:
        path, draft = self._path(name), self.folder / f".{name}.pid"
        draft.write_text(f"{pid}\n")
        try:
            born = psutil.Process(pid).create_time()
            os.utime(draft, (born, born))
        except psutil.NoSuchProcess:
            pass
        draft.replace(path)

    def read(self, *, name: str) -> int | None:
        try:
            return int(self._path(name).read_text())
        except (OSError, ValueError):
            return None

    def process(self, *, name: str) -> psutil.Process | None:
        """The live process written down under this name; None when it is gone or the pid somebody else's."""
        pid = self.read(name=name)
        if pid is None:
            return None
        try:
            process = psutil.Process(pid)
            ours = abs(process.create_time() - self._path(name).stat().st_mtime) < 2
        except (psutil.Error, OSError):
            return None
        return process if ours and alive(process) else None

    def remove(self, *, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def names(self) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.pid") if not path.name.startswith("."))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.pid"


@dataclass(kw_only=True)
class Child:
    """A process that should be running: how it starts, how it is asked to stop, when it is of use."""

    name: str
    argv: Sequence[str]
    env: dict[str, str]
    cwd: Path
    pids: PidFiles
    run_as: pwd.struct_passwd | None = None
    death_signal: signal.Signals | None = signal.SIGKILL
    stop_signal: signal.Signals = signal.SIGTERM
    before_start: Callable[[], object] | None = None  # clears what an earlier life left in the way
    accepts: Callable[[], bool] | None = None  # services only: it answers
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    started_at: float = field(default=0.0, init=False)  # time.monotonic()

    def start(self, *, output: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
        if self.before_start is not None:
            self.before_start()
        self.started_at = time.monotonic()
        self.process = spawn(
            argv=self.argv,
            env=self.env,
            cwd=self.cwd,
            run_as=self.run_as,
            death_signal=self.death_signal,
            output=output,
        )
        self.pids.write(name=self.name, pid=self.process.pid)
        return self.process

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.running():
            self.process.send_signal(number)

    def kill(self) -> None:
        """At once, with everything it started."""
        self.sweep()
        if self.process is not None:
            self.process.wait()
        self.pids.remove(name=self.name)

    def sweep(self) -> None:
        """Kill what is left of its group: a worker's pool may outlive its parent."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass

    def end(self, *, seconds: float) -> None:
        """Ask, wait, then kill. Its file stays, for a start to come."""
        if self.process is None:
            return
        end(
            pid=self.process.pid,
            gone=lambda: not self.running(),
            stages=[(self.stop_signal, seconds), (signal.SIGQUIT, 0.5), (signal.SIGKILL, 2)],
        )
        self.sweep()

    def stop(self, *, seconds: float) -> None:
        self.end(seconds=seconds)
        self.pids.remove(name=self.name)
