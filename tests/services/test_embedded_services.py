"""PostgreSQL and Valkey as the tests and the drills get them."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.embedded.data_dir import DataDir, InUse, Lock
from config.embedded.plan import ROOT
from config.embedded.postgres import Postgres
from config.embedded.processes import Child, PidFiles, alive, wait_until
from config.services import Services, embedded_services, main, running_services, start, stop


def test_a_fresh_directory_gives_a_database_and_a_broker_and_leaves_nothing_running(folder: Path) -> None:
    with embedded_services(folder / "var", throwaway=True) as urls:
        with psycopg.connect(urls.database_url) as connection:
            row = connection.execute(
                "SELECT current_user::text, current_database()::text,"
                " rolsuper, rolbypassrls, rolcreaterole, rolcreatedb"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
            locale = connection.execute(
                "SELECT datlocprovider::text, datlocale FROM pg_database WHERE datname = 'template0'"
            ).fetchone()
            settings = {
                name: connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0]  # type: ignore[index]
                for name in (
                    "synchronous_commit",
                    "max_connections",
                    "jit",
                    "listen_addresses",
                    "shared_buffers",
                )
            }
        broker = redis.Redis.from_url(urls.redis_url)
        append_only = broker.config_get("append*")
        pids = urls.pids
    assert row == ("parley", "parley", False, False, True, True)
    assert locale == ("b", "C.UTF-8")
    assert settings == {
        "synchronous_commit": "on",
        "max_connections": "200",
        "jit": "off",
        "listen_addresses": "",
        "shared_buffers": "256MB",
    }
    assert append_only["appendonly"] == "yes"
    assert append_only["appendfsync"] == "everysec"
    assert sorted(pids) == ["postgres", "valkey"]
    assert not any(alive_pid(pid) for pid in pids.values())
    assert list((folder / "var" / "run").glob("*.pid")) == []


def test_nobody_else_can_reach_the_database_or_the_broker(folder: Path) -> None:
    with embedded_services(folder / "var", throwaway=True) as urls:
        socket = next((folder / "var" / "postgres").glob(".s.PGSQL.5432"))
        port = redis.Redis.from_url(urls.redis_url).connection_pool.connection_kwargs["port"]
        assert stat.S_IMODE(socket.stat().st_mode) == 0o700
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(host="127.0.0.1", port=port, retry=Retry(NoBackoff(), 0)).ping()
        arguments = " ".join(psutil.Process(urls.pids["valkey"]).cmdline())
        assert (
            redis.Redis.from_url(urls.redis_url).connection_pool.connection_kwargs["password"]
            not in arguments
        )


def test_a_second_user_of_the_same_directory_shares_the_services_and_does_not_stop_them(folder: Path) -> None:
    with embedded_services(folder / "var", throwaway=True) as first:
        with embedded_services(folder / "var") as second:
            assert second == first
            assert second.pids == first.pids
        assert first.answer()


def test_two_that_start_at_the_same_moment_end_up_with_the_same_services(folder: Path) -> None:
    command = [sys.executable, "-m", "config.services", "--data-dir", str(folder / "var"), "--print-env"]
    both = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        first, second = (process.communicate(timeout=60)[0] for process in both)
        assert first == second
        assert first.startswith(b"export DATABASE_URL=")
    finally:
        main(["--data-dir", str(folder / "var"), "--stop"])


def kill_and_start_again(child: Child) -> None:
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait()
    child.start(output=subprocess.DEVNULL)
    assert child.accepts is not None
    assert wait_until(child.accepts, seconds=10)


def test_what_was_committed_outlives_a_kill_of_the_server_while_its_orphans_still_work(
    data_dir: DataDir,
) -> None:
    services = Services(data_dir=data_dir)
    try:
        start(services=services)
        postgres, valkey = services.children
        with psycopg.connect(services.urls.database_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (id int)")
            connection.execute("INSERT INTO kept VALUES (1)")
        busy = psycopg.connect(services.urls.database_url, autocommit=True)
        orphan = busy.info.backend_pid
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1e12)")  # never looks up
        broker = redis.Redis.from_url(services.urls.redis_url)
        broker.set("kept", "yes")
        broker.execute_command("WAITAOF", 1, 0, 5000)

        kill_and_start_again(postgres)
        kill_and_start_again(valkey)

        assert not alive_pid(orphan)
        with psycopg.connect(services.urls.database_url) as connection:
            assert connection.execute("SELECT id FROM kept").fetchall() == [(1,)]
        assert redis.Redis.from_url(services.urls.redis_url).get("kept") == b"yes"
    finally:
        stop(services=services)


def test_a_lock_file_that_names_a_stranger_does_not_keep_the_server_from_starting(data_dir: DataDir) -> None:
    server = Postgres(data_dir=data_dir, throwaway=True)
    server.initialise()
    stale = server.data / "postmaster.pid"
    stale.write_text(f"{os.getppid()}\n{server.data}\n1\n5432\n{server.data.parent}\n\n1 1\nready\n")
    with embedded_services(data_dir.path, throwaway=True) as urls:
        assert urls.answer()
    assert not stale.exists()


def test_services_that_stay_are_found_again_and_stopped_on_request(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    where = ["--data-dir", str(folder / "var")]
    for _ in range(2):
        assert main([*where, "--print-env"]) == 0
    lines = capfd.readouterr().out.splitlines()
    urls = running_services(data_dir=DataDir.open(folder / "var"))
    assert urls is not None
    pids = urls.pids
    assert main([*where, "--stop"]) == 0

    assert lines[0].startswith("export DATABASE_URL=")
    assert lines[1].startswith("export REDIS_URL=")
    assert lines[2:] == lines[:2]
    assert wait_until(lambda: not any(alive_pid(pid) for pid in pids.values()), seconds=5)


def alive_pid(pid: int) -> bool:
    try:
        return alive(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False


def test_a_command_run_with_services_gets_their_addresses_and_its_exit_code_is_ours(folder: Path) -> None:
    program = (
        "import os, sys; from config.services import ServiceUrls; "
        "env = os.environ; "
        "urls = ServiceUrls(database_url=env['DATABASE_URL'], redis_url=env['REDIS_URL'], run_dir=''); "
        "sys.exit(3 if urls.answer() else 4)"
    )
    command = [sys.executable, "-m", "config.services", "--temporary", "--", sys.executable, "-c", program]
    assert subprocess.run(command, cwd=ROOT, env=os.environ | {"TMPDIR": str(folder)}).returncode == 3
    assert list(folder.iterdir()) == []


def test_a_path_too_long_for_a_socket_moves_the_socket_to_a_private_directory(folder: Path) -> None:
    deep = folder / ("d" * 60) / ("e" * 60)
    deep.parent.mkdir(mode=0o711)
    with embedded_services(deep, throwaway=True) as urls:
        place = Path(urls.database_url.split("host=")[1])
        assert urls.answer()
        assert place.parent == Path("/tmp")
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    place.rmdir()


def test_only_one_may_hold_a_data_directory(data_dir: DataDir) -> None:
    with Lock(data_dir=data_dir, holder="at http://127.0.0.1:8000"):
        with pytest.raises(InUse, match="^already running at http://127.0.0.1:8000$"):
            Lock(data_dir=data_dir, holder="at http://127.0.0.1:9000").__enter__()
    with Lock(data_dir=data_dir, holder="at http://127.0.0.1:9000"):
        pass


def test_a_pid_that_was_given_to_somebody_else_is_not_taken_for_ours(folder: Path) -> None:
    files = PidFiles(folder=folder)
    files.write(name="web", pid=os.getpid())
    assert files.process(name="web") == psutil.Process()
    os.utime(folder / "web.pid", (1_000_000_000, 1_000_000_000))
    assert files.process(name="web") is None
    assert (folder / "web.pid").read_text() == f"{os.getpid()}\n"
