"""A small HTTP server for operators: /metrics, /healthz (the process runs) and /readyz (it answers), off unless BOT_METRICS names a port."""

from __future__ import annotations

import contextlib
import importlib.util
import ipaddress
import math
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from bot import metrics
from bot.errors import UsageError
from bot.metrics import State, Tally

VARIABLE = "BOT_METRICS"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def address(environment: Mapping[str, str]) -> Address | None:
    """Where BOT_METRICS says to listen: PORT (this machine alone) or HOST:PORT; None where it is not set. Raises UsageError."""
    wanted = environment.get(VARIABLE)
    if not wanted:
        return None
    host, colon, port = wanted.rpartition(":")
    if not (port.isascii() and port.isdecimal() and int(port) < 65536 and (host or not colon)) or (":" in host and not host.startswith("[")):
        raise UsageError(f"{VARIABLE} is {wanted!r}; write PORT, such as 9090, or HOST:PORT, such as 0.0.0.0:9090 or [::]:9090")
    if importlib.util.find_spec("prometheus_client") is None:
        raise UsageError(f"{VARIABLE} needs the extra `metrics`: pip install 'verbatim-faq-bot[metrics]'")
    return Address(host.strip("[]") or LOOPBACK, int(port))


@contextlib.asynccontextmanager
async def serving(where: Address, tally: Tally, state: Callable[[], State]) -> AsyncIterator[Address]:
    """Answer at `where`; yields the address with the port that was taken where 0 was wanted. Raises UsageError where it cannot be had."""

    async def numbers(_: web.Request) -> web.Response:
        body, kind = metrics.page(tally, state())
        return web.Response(body=body, headers={"Content-Type": kind})

    async def alive(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def ready(_: web.Request) -> web.Response:
        now = state()
        return web.json_response(readiness(now), status=200 if now.gateway else 503)

    app = web.Application()
    app.add_routes([web.get("/metrics", numbers), web.get("/healthz", alive), web.get("/readyz", ready)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, where.host, where.port).start()
        except (OSError, UnicodeError) as error:
            raise UsageError(f"{VARIABLE}: cannot listen at {where}: {getattr(error, 'strerror', None) or 'no such address'}") from None
        yield Address(where.host, runner.addresses[0][1])
    finally:
        await runner.cleanup()


def readiness(now: State) -> dict[str, object]:
    """What /readyz says: whether questions are answered, and what is worse than it should be."""
    return {
        "ready": now.gateway,
        "gateway": "connected" if now.gateway else "not connected",
        "articles": now.articles,
        "entries": now.entries,
        "corpus": now.corpus,
        "faq": now.faq,
        "store": "ok" if now.store is None else f"degraded: {now.store}",
        "backlog": now.backlog,
        "dropped": now.dropped,
        "latency": round(now.latency, 3) if math.isfinite(now.latency) else None,
    }


def exposed(where: Address) -> bool:
    """Whether other machines may reach that address."""
    try:
        return not ipaddress.ip_address(where.host).is_loopback
    except ValueError:
        return where.host != "localhost"
