"""A whole installation behind the real nginx with the configuration that is shipped: two HTTP processes, two socket
processes, TLS with a certificate that nobody trusts."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.embedded.plan import ROOT
from config.embedded.processes import spawn, wait_until

NGINX = shutil.which("nginx") or ("/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else None)
START_SECONDS = 150.0
DEPLOY = ROOT / "deploy"
# Of the tests, but never of the installation: it starts services of its own.
ASTRAY = {
    "DATABASE_URL",
    "REDIS_URL",
    "DJANGO_SETTINGS_MODULE",
    "DATA_DIR",
    "PORT",
    "PUBLIC_URL",
    "ENVIRONMENT",
}
# Trusted by nobody, so nobody is asked. The client is ours.
UNCHECKED = ssl._create_unverified_context()


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Front:
    """`demo` is what the installation tells of its demo account. The processes stand beside their ports."""

    folder: Path
    port: int
    plain_port: int
    shop_port: int
    environment: dict[str, str] = field(default_factory=dict)
    web: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    sockets: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    demo: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def shop(self) -> str:
        return f"http://localhost:{self.shop_port}"

    @property
    def static_root(self) -> Path:
        return self.folder / "var" / "static"

    def ask(self, path: str, *, method: str = "GET", body: Any = None, source: str = "127.0.0.1",
            headers: dict[str, str] | None = None) -> Answer:  # fmt: skip
        """One request through nginx on a connection of its own, from this address of the loopback."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=30, context=UNCHECKED, source_address=(source, 0)
        )
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def as_bob(self, path: str, **request: Any) -> Answer:
        token = {"api_access_token": self.demo["agent"]["api_access_token"]}
        request["headers"] = {**token, **request.get("headers", {})}
        return self.ask(f"/api/v1/accounts/{self.demo['account_id']}{path}", **request)

    def start_web(self, port: int) -> None:
        argv = [
            sys.executable,
            "-m",
            "granian",
            *_web_arguments(),
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        self.web[port] = self._start(f"web-{port}", [*argv, "config.wsgi:application"])
        _wait_for(port)

    def start_sockets(self, port: int) -> None:
        argv = [sys.executable, "manage.py", "serve", "--host", "127.0.0.1", "--port", str(port)]
        self.sockets[port] = self._start(f"sockets-{port}", argv)
        _wait_for(port)

    @contextmanager
    def without(self, *, web: Sequence[int] = (), sockets: Sequence[int] = ()) -> Iterator[None]:
        """These processes are gone. Afterwards, whatever happened, they are back and nginx asks each of them again:
        it leaves one that failed alone for up to three seconds (fail_timeout, counted in whole ones), and whoever
        ends another one meanwhile has none left."""
        try:
            for port in web:
                self.kill(self.web, port)
            for port in sockets:
                self.kill(self.sockets, port)
            yield
        finally:
            for port in web:
                self.start_web(port)
            for port in sockets:
                self.start_sockets(port)
            for path, ports in (("/health/live", web), ("/live/nowhere", sockets)):
                for port in ports:
                    self._wait_until_asked(port, path)

    def _wait_until_asked(self, port: int, path: str) -> None:
        def asked() -> bool:
            number = uuid.uuid4().hex
            self.ask(path, headers={"X-Request-Id": number})
            assert wait_until(lambda: bool(self.logged(number)), seconds=5), "nginx logs nothing"
            (line,) = self.logged(number)
            # Of one that was tried in vain there are two addresses, or the status is nginx's own.
            return bool(line["upstream"] == f"127.0.0.1:{port}" and line["status"] < 500)

        assert wait_until(asked, seconds=20, every=0.1), f"nginx does not ask {port}"

    @property
    def log(self) -> str:
        """What nginx has written: requests and errors."""
        return (self.folder / "nginx.log").read_text()

    def logged(self, number: str) -> list[dict[str, Any]]:
        """The requests of this number in the log of nginx."""
        lines = [line for line in self.log.splitlines() if number in line and line.startswith("{")]
        return [json.loads(line) for line in lines]

    def _start(self, name: str, argv: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            return spawn(
                argv=argv, env=self.environment, cwd=ROOT, death_signal=signal.SIGTERM, output=log.fileno()
            )

    def kill(self, processes: dict[int, subprocess.Popen[bytes]], port: int) -> None:
        """At once, and with the workers that granian has."""
        process = processes[port]
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
        ).stdout.split()
        for pid in [process.pid, *map(int, children)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.wait(10)
        assert wait_until(lambda: not _listens(port), seconds=10), f"port {port} is still served"


def _web_arguments() -> list[str]:
    """What the image runs, from its own command: but for the address, which is the container's."""
    text = (ROOT / "Dockerfile").read_text()
    found = re.search(r'^CMD (\["granian".*?\])$', text, re.M | re.S)
    assert found
    words: list[str] = json.loads(found[1].replace("\\\n", ""))
    at = words.index("--host")
    return words[1:at] + words[at + 4 : -1]


def free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def _pair_of_ports() -> int:
    """The first of two free ports beside each other: `manage.py run` and its shop."""
    for port in range(22000 + os.getpid() % 20000, 60000, 2):
        if not _listens(port) and not _listens(port + 1):
            return port
    raise AssertionError("no free ports")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait_for(port: int) -> None:
    assert wait_until(lambda: _listens(port), seconds=60), f"nothing listens on {port}"


@contextmanager
def installation_behind_nginx(**environment: str) -> Iterator[Front]:
    """Services, worker, beat, relay and demo by `manage.py run`; what serves is started beside it."""
    folder = Path(tempfile.mkdtemp(prefix="parley-n-"))  # short: it holds sockets
    folder.chmod(0o711)  # as root, PostgreSQL runs as somebody else
    port, plain, *others = free_ports(6)
    own = _pair_of_ports()
    front = Front(folder=folder, port=port, plain_port=plain, shop_port=own + 1)
    front.environment = {key: value for key, value in os.environ.items() if key not in ASTRAY} | {
        "DATA_DIR": str(folder / "var"),
        "PORT": str(own),
        "PUBLIC_URL": front.url,
        "TRUSTED_PROXY_COUNT": "1",
        "ACCEL_LOCATION": "/protected-media/",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        **environment,
    }
    run = front._start("run", [sys.executable, "manage.py", "run"])
    nginx: subprocess.Popen[bytes] | None = None
    try:
        _wait_until_it_runs(front, run, own)
        for web in others[:2]:
            front.start_web(web)
        for sockets in others[2:]:
            front.start_sockets(sockets)
        nginx = _start_nginx(front)
        yield front
    finally:
        for process in [nginx, *front.web.values(), *front.sockets.values(), run]:
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_runs(front: Front, run: subprocess.Popen[bytes], port: int) -> None:
    def healthy() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    came = wait_until(lambda: run.poll() is not None or healthy(), seconds=START_SECONDS, every=0.25)
    assert came and run.poll() is None, (front.folder / "run.log").read_text()[-4000:]
    data = front.folder / "var"
    services = json.loads((data / "run" / "services.json").read_text())
    front.environment |= {"DATABASE_URL": services["database_url"], "REDIS_URL": services["redis_url"]}
    front.environment |= json.loads((data / "secrets.json").read_text())
    front.demo = json.loads((data / "demo.json").read_text())


def _start_nginx(front: Front) -> subprocess.Popen[bytes]:
    place = front.folder / "nginx"
    (place / "conf.d").mkdir(parents=True)
    (place / "acme" / ".well-known" / "acme-challenge").mkdir(parents=True)
    subprocess.run(
        [sys.executable, DEPLOY / "first_certificate.py", "--name", "127.0.0.1", "--into", place / "certificates"],
        check=True, capture_output=True,
    )  # fmt: skip
    (place / "conf.d" / "parley.conf").write_text(filled_in(front, place))
    # Debian's nginx would put these below /var/lib, where only root may write.
    temporary = "".join(
        f"{kind}_temp_path {place}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (place / "conf.d" / "00-temporary.conf").write_text(temporary)
    frame = (DEPLOY / "nginx" / "nginx.conf").read_text()
    frame = frame.replace("/etc/nginx/conf.d", str(place / "conf.d")).replace(
        "/tmp/nginx.pid", f"{place}/pid"
    )
    (place / "nginx.conf").write_text(frame)
    # As root its workers would be nobody, who may not enter the data directory of a test.
    user = ["-g", "daemon off; user root;"] if os.geteuid() == 0 else ["-g", "daemon off;"]
    command = [str(NGINX), "-p", str(place), "-e", "stderr", "-c", str(place / "nginx.conf"), *user]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = front._start("nginx", command)
    _wait_for(front.port)
    time.sleep(0.2)
    return process


def filled_in(front: Front, place: Path) -> str:
    """The template, as the image's envsubst fills it in: every ${NAME} in capitals, nothing else."""
    values = {
        "SERVER_NAME": "127.0.0.1",
        "RESOLVER": "127.0.0.1",
        "WEB_SERVERS": _servers(front.web),
        "SOCKET_SERVERS": _servers(front.sockets),
        "HTTP_PORT": str(front.plain_port),
        "HTTPS_PORT": str(front.port),
        "CERTIFICATES": str(place / "certificates"),
        "STATIC_ROOT": str(front.static_root),
        "MEDIA_ROOT": str(front.folder / "var" / "media"),
        "ERRORS_ROOT": str(DEPLOY / "nginx" / "errors"),
        "ACME_ROOT": str(place / "acme"),
    }
    template = (DEPLOY / "nginx" / "parley.conf.template").read_text()
    return re.sub(r"\$\{([A-Z_]+)\}", lambda match: values[match[1]], template)


def _servers(processes: dict[int, Any]) -> str:
    return "\n".join(f"    server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in processes)
