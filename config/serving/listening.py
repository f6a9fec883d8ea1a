"""Sockets that listen, made before the server that serves them: what is wrong with an address is said at once."""

import os
import socket
import stat
from typing import Any

BACKLOG = 1024
UNSENT_BYTES = 128 * 1024


def tcp_socket(*, host: str, port: int, reuse_port: bool = False) -> socket.socket:
    """A listening TCP socket. Raises OSError when the address cannot be bound."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if reuse_port:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        # Inherited by every connection. Without it the kernel swallows megabytes for a slow reader before our
        # own buffer, the only one we can see, fills at all.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
    return _listening(listener, address)


def unix_socket(path: str) -> socket.socket:
    """A listening Unix socket, in place of a dead one there. Raises OSError when a server lives there."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if os.path.exists(path) and stat.S_ISSOCK(os.stat(path).st_mode):
        if _answers(path):
            listener.close()
            raise OSError(f"another server is listening on {path}")
        os.unlink(path)
    _listening(listener, path)
    os.chmod(path, 0o660)  # the proxy's user connects through the group
    return listener


def _answers(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return False
        return True


def _listening(listener: socket.socket, address: Any) -> socket.socket:
    try:
        listener.bind(address)
    except OSError:
        listener.close()
        raise
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener
