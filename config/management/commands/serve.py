"""`manage.py serve`: pages, API and sockets by daphne, in one process or in two."""

import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.module_loading import import_string

from config.serving.bridge import DEFAULT_THREADS
from config.serving.limits import STOP_SECONDS, allow_many_sockets
from config.serving.listening import tcp_socket, unix_socket
from config.serving.tuning import keep_what_is_loaded, load_views, take_short_turns
from config.serving.two import PATIENCE_SECONDS, Doorman, Kitchen, fork


class Command(BaseCommand):
    help = "Serve pages, API and websockets until SIGTERM."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000, help="0 picks a free one")
        parser.add_argument("-u", "--unix-socket", metavar="PATH", help="listen here instead of on a port")
        parser.add_argument("--threads", type=int, default=DEFAULT_THREADS, help="requests handled at a time")
        parser.add_argument("--queue", type=int, help="requests that may wait for a thread; then 503")
        parser.add_argument("--reuse-port", action="store_true", help="let several processes share the port")
        parser.add_argument("--two", action="store_true", help="websockets in a process of their own")
        parser.add_argument(
            "--stop-seconds", type=float, default=STOP_SECONDS, help="time to finish after SIGTERM"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        allow_many_sockets()
        application = import_string(settings.ASGI_APPLICATION)
        bridge = application.application_mapping["http"]
        bridge.pool.threads = options["threads"]
        bridge.queue_limit = options["queue"] or bridge.queue_limit
        load_views()
        keep_what_is_loaded()
        take_short_turns()
        listener = self._listen(options)
        desk: Doorman | Kitchen | None = None
        if options["two"]:
            second, line = fork()
            desk = Doorman(listener=listener, line=line, second=second) if second else Kitchen(line)
        self._serve(application, listener, desk, options)
        if isinstance(desk, Doorman):
            desk.close()
            desk.wait(seconds=options["stop_seconds"] + PATIENCE_SECONDS)
            if desk.lost:
                raise CommandError("The process that serves pages has ended.")

    def _serve(
        self,
        application: Any,
        listener: socket.socket,
        desk: Doorman | Kitchen | None,
        options: dict[str, Any],
    ) -> None:
        address = _readable(listener)
        if isinstance(desk, Kitchen):
            listener.close()
        # By name, after the fork: it brings Twisted's reactor, and two processes cannot share one.
        import_string("config.serving.server.Server")(
            application,
            sockets=[] if desk else [listener],
            max_request_bytes=application.application_mapping["http"].max_body,
            stop_seconds=options["stop_seconds"],
            on_ready=None if isinstance(desk, Kitchen) else lambda: self._say_ready(address),
            desk=desk,
        ).run()

    def _listen(self, options: dict[str, Any]) -> socket.socket:
        try:
            if options["unix_socket"]:
                return unix_socket(options["unix_socket"])
            return tcp_socket(host=options["host"], port=options["port"], reuse_port=options["reuse_port"])
        except OSError as error:
            raise CommandError(f"Cannot listen: {error}") from error

    def _say_ready(self, address: str) -> None:
        self.stdout.write(f"Listening on {address}")
        self.stdout.flush()


def _readable(listener: socket.socket) -> str:
    name = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return f"unix:{name}"
    host = f"[{name[0]}]" if listener.family == socket.AF_INET6 else name[0]
    return f"http://{host}:{name[1]}"
