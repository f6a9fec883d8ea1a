from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from config import checks, env

SAFE = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "k" * 50,
    "FIELD_KEYS": Fernet.generate_key().decode(),
    "ALLOWED_HOSTS": "desk.example.com",
    "PUBLIC_URL": "https://desk.example.com",
    "DATABASE_URL": "postgres://u:p@localhost/parley",
    "REDIS_URL": "redis://localhost:6379/0",
}


def check_in_production(**changes: str) -> subprocess.CompletedProcess[str]:
    values = {**SAFE, **changes}
    environment = {key: value for key, value in os.environ.items() if key not in SAFE and key != "DEBUG"}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "ERROR"],
        env={**environment, **values, "DJANGO_SETTINGS_MODULE": "config.settings"},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_safe_production_configuration_starts() -> None:
    result = check_in_production()
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("DEBUG", "true", "parley.E001"),
        ("SECRET_KEY", "short", "parley.E002"),
        ("FIELD_KEYS", "", "parley.E003"),
        ("ALLOWED_HOSTS", "*", "parley.E004"),
        ("PUBLIC_URL", "http://desk.example.com", "parley.E005"),
        ("PRIVATE_NETWORKS_ALLOWED", "true", "parley.E006"),
    ],
)
def test_an_unsafe_production_configuration_refuses_to_start(
    name: str, value: str, complaint: str, settings: Any
) -> None:
    for key, given in SAFE.items():
        setattr(settings, key, given.split(",") if key in {"FIELD_KEYS", "ALLOWED_HOSTS"} else given)
    settings.PRODUCTION, settings.DEBUG, settings.PRIVATE_NETWORKS_ALLOWED = True, False, False
    assert checks.safe_in_production() == []
    wrong: Any = value
    if name in {"FIELD_KEYS", "ALLOWED_HOSTS"}:
        wrong = [part for part in value.split(",") if part]
    elif name in {"DEBUG", "PRIVATE_NETWORKS_ALLOWED"}:
        wrong = True
    setattr(settings, name, wrong)
    assert [problem.id for problem in checks.safe_in_production()] == [complaint]


def test_one_unsafe_value_stops_the_real_command() -> None:
    result = check_in_production(ALLOWED_HOSTS="*")
    assert result.returncode != 0
    assert "parley.E004" in result.stderr


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("DEBUG", "maybe", lambda: env.flag("DEBUG", default=False)),
        ("OUTBOX_KEEP_DAYS", "many", lambda: env.number("OUTBOX_KEEP_DAYS", default=1)),
        ("OUTBOX_KEEP_DAYS", "0", lambda: env.number("OUTBOX_KEEP_DAYS", default=1, least=1)),
        (
            "ENVIRONMENT",
            "prod",
            lambda: env.choice("ENVIRONMENT", among=("production",), default="production"),
        ),
        ("SECRET_KEY_FILE", "/does/not/exist", lambda: env.secret("SECRET_KEY")),
    ],
)
def test_a_value_of_the_wrong_type_is_named(monkeypatch: Any, name: str, value: str, read: Any) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=name.removesuffix("_FILE")):
        read()


def test_another_database_than_postgresql_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="PostgreSQL"):
        env.database("sqlite:///file.db")


def test_a_socket_directory_is_the_host() -> None:
    parsed = env.database("postgres://parley@/parley?host=/run/pg&sslmode=disable")
    assert (parsed["HOST"], parsed["NAME"], parsed["OPTIONS"]) == (
        "/run/pg",
        "parley",
        {"sslmode": "disable"},
    )
