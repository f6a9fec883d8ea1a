"""Where the measurements happen: services of their own, safe against power loss as in production, with accounts
of every size in them. The database is made once per directory and found again by the next run."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import django
import psycopg
from django.utils.module_loading import import_string

from config.embedded.plan import ROOT
from config.services import ServiceUrls, embedded_services

_ASTRAY = ("PG", "PYTEST", "RATE_", "DATABASE_", "REDIS_")


@dataclass(frozen=True, kw_only=True)
class Ground:
    """`environment` is that of every process under test."""

    folder: Path
    urls: ServiceUrls
    environment: dict[str, str]
    conversations: int

    def owner(self) -> psycopg.Connection[Any]:
        """As the login, who owns the tables."""
        return psycopg.connect(self.urls.database_url, autocommit=True)

    def postgres_environment(self) -> dict[str, str]:
        """For PostgreSQL's own clients: the application's role and settings."""
        parts = urlsplit(self.urls.database_url)
        name = parts.path.removeprefix("/")
        socket = parse_qs(parts.query)["host"][0]
        options = f"-c role={name}_app -c plan_cache_mode=force_generic_plan"
        there = {
            "PGHOST": socket,
            "PGPORT": str(parts.port),
            "PGUSER": parts.username or "",
            "PGDATABASE": name,
        }
        return {**os.environ, **there, "PGOPTIONS": options}


@contextmanager
def ground(*, folder: Path, conversations: int) -> Iterator[Ground]:
    """Start the services, bring the schema up to date, make the accounts if they are not there, set Django up."""
    with embedded_services(folder) as urls:
        made = Ground(
            folder=folder, urls=urls, environment=_environment(folder, urls), conversations=conversations
        )
        os.environ.clear()
        os.environ.update(made.environment)
        django.setup()
        # By name: it needs models, and they need the services that have just been started.
        import_string("tests.bench.installation.prepare")(made)
        yield made


def _environment(folder: Path, urls: ServiceUrls) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_ASTRAY)}
    key = folder / "secret"
    if not key.exists():
        key.write_text(secrets.token_urlsafe(48))
    return kept | urls.environment() | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(folder),
        "SECRET_KEY": key.read_text(),
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        # Every request is counted; none is refused. Each visitor has an address of their own.
        **{f"RATE_{name}": "100000000/min" for name in ("TOKEN", "VISITOR", "VISITOR_IP", "NEW_VISITOR")},
        "TRUSTED_PROXY_COUNT": "1",
    }  # fmt: skip
