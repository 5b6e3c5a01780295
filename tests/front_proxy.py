"""A reverse proxy in front of a real OpenSearch node, for what the server from Maven Central lacks: TLS, a user with a password; and faults on demand."""

from __future__ import annotations

import base64
import contextlib
import http.client
import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Front:
    """What a proxy does with the requests that it gets."""

    node: str
    """URL of the node behind it."""
    login: str | None = None
    """user:password that is asked for."""
    faults: list[int] = field(default_factory=list)
    """Statuses that the next requests get instead of an answer."""
    port: int = 0
    secured: bool = False
    seen: list[str] = field(default_factory=list)
    """Method and path of each request."""

    def url(self, login: str = "", name: str = "") -> str:
        """The proxy's address as BOT_OPENSEARCH has it."""
        return f"{'https' if self.secured else 'http'}://{login and login + '@'}127.0.0.1:{self.port}/{name}"


@contextlib.contextmanager
def serving(front: Front, tls: ssl.SSLContext | None = None) -> Iterator[Front]:
    """Answer on a port of loopback until the end of the block."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            front.seen.append(f"{self.command} {self.path}")
            wanted = front.login and f"Basic {base64.b64encode(front.login.encode()).decode()}"
            if wanted and self.headers.get("Authorization") != wanted:
                self._reply(401, b"Unauthorized", "text/plain")
            elif front.faults:
                self._reply(front.faults.pop(0), b"{}", "application/json")
            else:
                there = urlsplit(front.node)
                connection = http.client.HTTPConnection(there.hostname or "", there.port, timeout=60)
                connection.request(self.command, self.path, body, {"Content-Type": self.headers.get("Content-Type") or "application/json"})
                answer = connection.getresponse()
                self._reply(answer.status, answer.read(), answer.headers.get("Content-Type") or "application/json")
                connection.close()

        def _reply(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that leaves is no fault of the test."""

        def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
            open_now.discard(request)
            super().shutdown_request(request)

        def finish_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
            open_now.add(request)
            super().finish_request(request, client_address)

    open_now: set[socket.socket | tuple[bytes, socket.socket]] = set()
    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    front.port, front.secured = server.server_address[1], tls is not None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        server.server_close()
        for connection in list(open_now):
            with contextlib.suppress(OSError):
                assert isinstance(connection, socket.socket)
                connection.shutdown(socket.SHUT_RDWR)
        thread.join()
