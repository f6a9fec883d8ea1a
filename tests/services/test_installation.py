"""What a data directory holds, where PostgreSQL is put, and what the processes are told."""

from __future__ import annotations

import io
import os
import pwd
import shutil
import stat
from pathlib import Path

import pytest

from config.embedded.console import Console
from config.embedded.data_dir import DataDir, Problem
from config.embedded.plan import Address, Step, environment, parley
from config.embedded.postgres_home import choose_home, passable
from config.services import embedded_services

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="PostgreSQL changes its user only for root")


def test_secrets_are_made_once_and_only_their_owner_reads_them(data_dir: DataDir) -> None:
    first = data_dir.secrets()
    assert sorted(first) == ["FIELD_KEYS", "SECRET_KEY"]
    assert data_dir.secrets() == first
    assert stat.S_IMODE((data_dir.path / "secrets.json").stat().st_mode) == 0o600


def test_secrets_that_cannot_be_read_are_never_replaced(data_dir: DataDir) -> None:
    damaged = data_dir.path / "secrets.json"
    damaged.write_text("{")
    with pytest.raises(Problem, match="Restore it from a backup"):
        data_dir.secrets()
    assert damaged.read_text() == "{"


def test_what_the_caller_has_set_stands_and_the_rest_is_filled_in(data_dir: DataDir) -> None:
    address = Address.of({"PORT": "8010"})
    base = {"SECRET_KEY": "mine", "PUBLIC_URL": "https://desk.example.com", "DATA_DIR": "elsewhere"}
    env = environment(data_dir=data_dir, address=address, base=base)
    assert env["SECRET_KEY"] == "mine"
    assert env["PUBLIC_URL"] == "https://desk.example.com"
    assert env["FIELD_KEYS"] == data_dir.secrets()["FIELD_KEYS"]
    assert env["DATA_DIR"] == str(data_dir.path)
    assert (address.url, address.shop_url) == ("http://127.0.0.1:8010", "http://localhost:8011")


@pytest.mark.parametrize("port", ["0", "65535", "http", "-1", "80 80"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(Problem, match="PORT must be a number"):
        Address.of({"PORT": port})


def test_a_step_is_left_out_while_its_stamp_and_its_product_stand(data_dir: DataDir) -> None:
    stamp, product = data_dir.run / "x.stamp", data_dir.path / "product"

    def step(mark: str) -> Step:
        return Step(name="x", done="x", argv=[], stamp=stamp, mark=mark, makes=product)

    assert step("1").needed()
    step("1").remember()
    assert step("1").needed()
    product.touch()
    assert not step("1").needed()
    assert step("2").needed()


def test_the_processes_are_named_as_their_pid_files_and_stop_web_first(data_dir: DataDir) -> None:
    address = Address.of({})
    env = environment(data_dir=data_dir, address=address, base={})
    names = [child.name for child in parley(data_dir=data_dir, address=address, env=env).children]
    assert names == ["web", "worker", "beat", "relay", "shop"]
    bare = parley(data_dir=data_dir, address=address, env=env | {"DEMO": "0"})
    assert [child.name for child in bare.children] == ["web", "worker", "beat", "relay"]
    assert [[step.name for step in together] for together in bare.steps] == [["migrate", "static"]]


def test_a_log_line_cannot_steer_the_terminal() -> None:
    out = io.StringIO()
    Console(out=out).line(name="web", text="a\x1b[2Jb\rc\x9bd\te")
    assert out.getvalue() == "web      | a[2Jbcd\te\n"


@root_only
def test_root_runs_postgresql_as_another_user_who_owns_the_files(folder: Path) -> None:
    with embedded_services(folder / "var", throwaway=True) as urls:
        owner = (folder / "var" / "postgres").stat().st_uid
        assert owner != 0
        assert os.stat(f"/proc/{urls.pids['postgres']}").st_uid == owner


@root_only
def test_below_a_closed_directory_the_database_goes_elsewhere_and_no_permission_changes(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    where = DataDir.open(closed / "var")
    place = Path("/var/lib") / f"parley-{where.fingerprint}"
    try:
        with embedded_services(where.path, throwaway=True) as urls:
            assert urls.answer()
            assert f"host={place}" in urls.database_url
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert not (where.path / "postgres").exists()
    finally:
        shutil.rmtree(place, ignore_errors=True)


@root_only
def test_a_database_that_got_out_of_reach_is_not_replaced_by_an_empty_one(folder: Path) -> None:
    above = folder / "above"
    above.mkdir(mode=0o755)
    data_dir = DataDir.open(above / "var")
    (choose_home(data_dir=data_dir).path / "data").mkdir()
    above.chmod(0o700)
    with pytest.raises(Problem, match="can no longer pass"):
        choose_home(data_dir=data_dir)
    assert not (Path("/var/lib") / f"parley-{data_dir.fingerprint}").exists()


@root_only
def test_who_may_pass_is_told_from_the_permissions_of_every_parent(folder: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    open_, closed = folder / "a" / "b", folder / "c" / "d"
    for path in (open_, closed):
        path.mkdir(parents=True)
    assert passable(open_, user=nobody)
    closed.parent.chmod(0o750)
    assert not passable(closed, user=nobody)
    os.chown(closed.parent, 0, nobody.pw_gid)
    assert passable(closed, user=nobody)


def test_a_directory_that_others_can_enter_is_not_used_for_the_database(data_dir: DataDir) -> None:
    home = choose_home(data_dir=data_dir).path
    home.chmod(0o755)
    with pytest.raises(Problem, match="permissions 0700"):
        choose_home(data_dir=data_dir)
