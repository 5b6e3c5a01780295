"""A Discord on this machine: REST and gateway over real sockets, for the unmodified client.

It records what the bot sends, answers as Discord does, and notes as a fault whatever Discord would refuse: by Discord's own
OpenAPI file where that is at hand, and by checks of what the file does not say.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import referencing
from aiohttp import WSMsgType, web
from referencing.jsonschema import DRAFT202012

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAwMQ.GfAkEx.not-a-secret-of-anybody-0123456789"
APPLICATION, BOT, PERSON, GUILD, CHANNEL, DIRECT, FORUM = 1001, 1001, 2002, 3003, 4004, 5005, 6006
OPENAPI = Path(os.environ.get("DISCORD_OPENAPI", Path(__file__).parents[1] / "../shared/discord/openapi.json"))
PATIENCE = 60
"""Seconds after which a test gives up waiting; nothing is measured with it."""
IS_COMPONENTS_V2, EPHEMERAL, SUPPRESS_EMBEDS = 1 << 15, 1 << 6, 1 << 2
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, FORM = 4, 5, 6, 7, 8, 9
COMMAND, COMPONENT, AUTOCOMPLETE, SUBMITTED = 2, 3, 4, 5
"""Kinds of interactions."""
MANAGE_SERVER, MANAGE_MESSAGES = 1 << 5, 1 << 13
Json = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """A request that the bot made."""

    method: str
    path: str
    body: Any

    @property
    def message(self) -> Json:
        """The message in the request, that of an interaction's callback included."""
        return self.body.get("data", {}) if "/callback" in self.path else self.body  # type: ignore[no-any-return]

    @property
    def text(self) -> str:
        """All text of the message, its lines in order."""
        return "\n".join([self.message.get("content") or "", *(c["content"] for c in components(self.message) if c["type"] == 10)]).strip("\n")

    @property
    def ephemeral(self) -> bool:
        return bool(self.message.get("flags", 0) & EPHEMERAL)


def pressable(message: Json) -> list[str]:
    """The custom_ids of a message's buttons and menus."""
    return [c["custom_id"] for c in components(message) if c.get("custom_id")]


def components(message: Json) -> Iterator[Json]:
    """Every component of a message, nested ones included."""
    waiting = list(message.get("components") or [])
    while waiting:
        component = waiting.pop(0)
        yield component
        waiting = list(component.get("components") or []) + waiting


def faults_of_message(message: Json) -> Iterator[str]:
    """What Discord, or this bot's promise not to ping anyone, forbids in a message."""
    flags, parts = message.get("flags", 0), list(components(message))
    texts = [c["content"] for c in parts if c["type"] == 10]
    if parts and not flags & IS_COMPONENTS_V2:
        yield "components of the second version without their flag"
    if flags & IS_COMPONENTS_V2 and (message.get("content") or message.get("embeds")):
        yield "content or embeds beside components of the second version"
    if len(parts) > 40:
        yield f"{len(parts)} components"
    if sum(len(t.encode("utf-16-le")) // 2 for t in texts) > 4000:
        yield "more than 4,000 characters in all texts"
    if len(set(pressable(message))) < len(pressable(message)):
        yield "a custom_id twice"
    if not parts and not message.get("content"):
        yield "an empty message"
    if any(not t.strip() for t in texts):
        yield "an empty text"
    if message.get("allowed_mentions", {}).get("parse") != [] or message.get("allowed_mentions", {}).get("replied_user"):
        yield f"may ping: allowed_mentions {message.get('allowed_mentions')}"


def faults_of_commands(commands: list[Json]) -> Iterator[str]:
    """What Discord forbids in commands and its OpenAPI file does not."""
    for command in commands:
        options = command.get("options", [])
        for named in [command, *options]:
            for name in [named["name"], *named.get("name_localizations", {}).values()]:
                if command.get("type", 1) == 1 and (not re.fullmatch(r"[-_'\w]{1,32}", name) or name != name.lower()):
                    yield f"no name for a command or option: {name!r}"
                if not 1 <= len(name) <= 32:
                    yield f"a name of a wrong length: {name!r}"
            if command.get("type", 1) == 1 and not 1 <= len(named.get("description") or "") <= 100:
                yield f"{named['name']}: description missing or too long"
        required = [bool(option.get("required")) for option in options]
        if required != sorted(required, reverse=True):
            yield f"{command['name']}: a required option after one that is not"
    if len({(c.get("type", 1), c["name"]) for c in commands}) < len(commands):
        yield "two commands of one name"


def faults_of_choices(choices: list[Json]) -> Iterator[str]:
    """What Discord forbids in suggestions."""
    if len(choices) > 25:
        yield f"{len(choices)} choices"
    for choice in choices:
        if not all(1 <= len(str(choice[key])) <= 100 for key in ("name", "value")):
            yield f"choice of a wrong length: {choice}"


class Specification:
    """Discord's OpenAPI file, as a judge of request bodies."""

    def __init__(self, path: Path) -> None:
        self._document = json.loads(path.read_text(encoding="utf-8"))
        self._registry: referencing.Registry[Any] = referencing.Registry().with_resource("urn:discord", DRAFT202012.create_resource(self._document))
        self._paths = [(re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(p)) + "$"), p) for p in sorted(self._document["paths"], key=lambda p: p.count("{"))]

    def faults(self, sent: Sent) -> Iterator[str]:
        """How a request differs from what the file allows."""
        path = next((p for pattern, p in self._paths if pattern.match(sent.path) and sent.method.lower() in self._document["paths"][p]), None)
        if path is None:
            yield f"no such request: {sent.method} {sent.path}"
        elif sent.body is not None:
            steps = ("paths", path, sent.method.lower(), "requestBody", "content", "application/json", "schema")
            place = "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)
            validator = jsonschema.Draft202012Validator({"$ref": f"urn:discord#/{place}"}, registry=self._registry)
            yield from (f"{sent.method} {path}: {error.message[:300]}" for error in validator.iter_errors(_with_text_ids(sent.body)))


def _with_text_ids(body: Any, inside: str = "") -> Any:
    """discord.py sends the ids of a reference, of what a menu of channels has chosen and of whom to write to as numbers, which Discord takes and its file does not."""
    if isinstance(body, dict):
        numbers = inside in ("message_reference", "default_values")
        return {k: str(v) if k == "recipient_id" or (numbers and (k == "id" or k.endswith("_id"))) else _with_text_ids(v, k) for k, v in body.items()}
    return [_with_text_ids(item, inside) for item in body] if isinstance(body, list) else body


@dataclass
class FakeDiscord:
    """The server. `port` is known after `start`."""

    token: str = TOKEN
    sent: list[Sent] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    refusals: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Part of a path: the (HTTP status, Discord's error code) to refuse it with."""
    identified: list[Json] = field(default_factory=list)
    closed_with: list[int | None] = field(default_factory=list)
    """The codes with which the bot closed its connections to the gateway."""
    lag: float = 0
    """Seconds between a request and its response."""
    answered: int = 0
    """Requests whose response reached the bot while `lag` was set."""
    limited: int = 0
    """How many requests are still to be refused with 429, to be made again at once."""
    failing: int = 0
    """How many requests are still to be refused with 500."""
    messages: dict[str, Json] = field(default_factory=dict)
    """The messages that the bot sent and that are still there."""
    team: Json | None = None
    refused_intents: int = 0
    """Intents that the portal does not allow."""
    resumed: int = 0
    servers: list[int] = field(default_factory=lambda: [GUILD])
    """Where the bot is."""
    most_servers: int = 2500
    """A shard with more is not let in."""
    starts: int = 1000
    """Sessions that may still begin; each takes one."""
    max_concurrency: int = 1
    identify_every: float = 0
    """Seconds between two sessions of one bucket (shard modulo `max_concurrency`); who begins one sooner has to begin anew. Discord's are 5."""
    sessions_begun: dict[int, float] = field(default_factory=dict)
    """By bucket: when a session began last, on the monotonic clock."""
    collisions: list[int] = field(default_factory=list)
    """Shards that began a session too soon."""
    port: int = 0

    def __post_init__(self) -> None:
        self.gateway_token = self.token
        self._acknowledged: dict[str, bool] = {}
        self._answers: dict[str, str] = {}
        self._sessions: dict[int, _Session] = {}
        self._count = 1
        self._changed = asyncio.Condition()
        self._last_id = 900000
        self._specification = Specification(OPENAPI) if OPENAPI.exists() else None

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        """Listen on a free port of this machine."""
        app = web.Application()
        app.router.add_get("/", self._gateway)
        app.router.add_route("*", "/api/v10/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.gateway_url = "wss://gateway.discord.gg/" if tls else f"ws://127.0.0.1:{self.port}/"

    async def stop(self) -> None:
        """Close every connection."""
        await self.cut()
        await self._runner.cleanup()

    async def until(self, found: Callable[[], Any]) -> Any:
        """What `found` returns, as soon as that is true."""
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: bool(found()))
        return found()

    async def online(self, times: int = 1) -> None:
        """Wait until the bot has identified itself to the gateway so many times."""
        await self.until(lambda: len(self.identified) >= times and self.connected)

    @property
    def connected(self) -> list[int]:
        """The shards that have a connection."""
        return sorted(shard for shard, session in self._sessions.items() if session.socket)

    def requests(self, method: str, path: str) -> list[Sent]:
        """The requests made so far with this method, to paths that match the regular expression."""
        return [s for s in self.sent if s.method == method and re.fullmatch(path, s.path)]

    async def request(self, method: str, path: str, number: int = 1) -> Sent:
        """Wait for such a request, the first or a later one."""
        await self.until(lambda: len(self.requests(method, path)) >= number)
        return self.requests(method, path)[number - 1]

    async def ask(self, question: str, *, private: bool | None = None, **who: Any) -> str:
        """Somebody uses /ask; returns the interaction's id."""
        options: list[Json] = [{"name": "question", "type": 3, "value": question}]
        if private is not None:
            options.append({"name": "private", "type": 5, "value": private})
        return await self.command("ask", options, **who)

    async def command(self, name: str, options: list[Json] | None = None, **who: Any) -> str:
        """Somebody uses a command; returns the interaction's id."""
        return await self._interact(COMMAND, {"id": "7007", "name": name, "type": 1, "options": options or []}, **who)

    async def menu(self, name: str, message: Json, **who: Any) -> str:
        """Somebody uses a menu on a message; returns the interaction's id."""
        target = {**_message("8008", CHANNEL), **message}
        return await self._interact(COMMAND, {"id": "7008", "name": name, "type": 3, "target_id": "8008", "resolved": {"messages": {"8008": target}}}, **who)

    async def press(self, message: Json, custom_id: str, values: list[str] | None = None, **who: Any) -> str:
        """Somebody presses a button of a message or chooses in its menu; returns the interaction's id."""
        kind = 2 if values is None else 3
        data = {"custom_id": custom_id, "component_type": kind, **({} if values is None else {"values": values})}
        return await self._interact(COMPONENT, data, message=message, **who)

    async def submit(self, custom_id: str, fields: dict[str, str], **who: Any) -> str:
        """Somebody sends a form; returns the interaction's id."""
        rows = [
            {"type": 18, "id": n, "component": {"type": 4, "id": 10 + n, "custom_id": name, "value": value}}
            for n, (name, value) in enumerate(fields.items(), 1)
        ]
        return await self._interact(SUBMITTED, {"custom_id": custom_id, "components": rows}, **who)

    async def shown(self, interaction: str) -> Json:
        """The message that the response to an interaction became."""
        await self.callback(interaction)
        await self.until(lambda: interaction in self._answers)
        return self.messages[self._answers[interaction]]

    async def type(self, typed: str, *, locale: str = "en-US") -> list[str]:
        """Somebody types in /ask; returns the suggestions."""
        options = [{"name": "question", "type": 3, "value": typed, "focused": True}]
        number = await self._interact(AUTOCOMPLETE, {"id": "7007", "name": "ask", "type": 1, "options": options}, locale=locale)
        callback = await self.callback(number)
        assert callback.body["type"] == CHOICES
        return [choice["value"] for choice in callback.body["data"]["choices"]]

    async def callback(self, interaction: str) -> Sent:
        """Wait for the first response to an interaction."""
        return await self.request("POST", f"/interactions/{interaction}/[^/]+/callback")

    async def original(self, interaction: str) -> Sent:
        """Wait for the answer that follows a deferred response."""
        return await self.request("PATCH", f"/webhooks/{APPLICATION}/token-{interaction}/messages/@original")

    async def write(
        self,
        content: str,
        *,
        mentions_bot: bool = False,
        guild: bool = True,
        server: int = GUILD,
        channel: int = CHANNEL,
        author: Json | None = None,
        **more: Any,
    ) -> str:
        """Somebody writes a message; returns its id."""
        number = more.get("id") or self._next_id()
        message = {
            **_message(number, channel if guild else DIRECT), "content": content, "author": author or _user(PERSON, "Ada"),
            "mentions": [_user(BOT, "bot", bot=True)] if mentions_bot else [], **more,
        }  # fmt: skip
        await self.dispatch("MESSAGE_CREATE", {**message, "guild_id": str(server), "member": _member()} if guild else message)
        return number

    async def reply(self, number: int = 1, *, guild: bool = True) -> Sent:
        """Wait for a message that the bot sends to the channel."""
        return await self.request("POST", f"/channels/{CHANNEL if guild else DIRECT}/messages", number)

    async def dispatch(self, event: str, data: Json, shard: int | None = None) -> None:
        """Send an event to the bot, to the shard of its server or else to the first, or to another `shard`; or keep it for when that resumes."""
        if shard is None:
            shard = (int(data.get("guild_id") or 0) >> 22) % self._count
        if shard in self._sessions:
            await self._sessions[shard].dispatch(event, data)

    def forget(self) -> None:
        """Keep none of the events so far for a shard that resumes."""
        for session in self._sessions.values():
            session.dispatched.clear()

    async def tell(self, packet: Json) -> None:
        """Send something to the bot's first shard that is no event, such as op 7 or 9."""
        socket = self._sessions[0].socket
        assert socket
        await socket.send(packet)

    async def cut(self, code: int = 4000) -> None:
        """Close the bot's connections to the gateway."""
        for session in list(self._sessions.values()):
            if session.socket:
                socket, session.socket = session.socket, None
                await socket.websocket.close(code=code)

    def _next_id(self) -> str:
        self._last_id += 1
        return str(self._last_id)

    async def _interact(
        self,
        kind: int,
        data: Json,
        *,
        locale: str = "en-US",
        guild: bool = True,
        person: int = PERSON,
        permissions: int = 0,
        server: int = GUILD,
        shard: int | None = None,
        channel: int = 0,
        **more: Any,
    ) -> str:
        number = self._next_id()
        self._acknowledged[number] = False
        user, place = _user(person, f"Ada {person}"), channel or (CHANNEL if guild else DIRECT)
        where = {"guild_id": str(server), "member": {**_member(permissions), "user": user}, "context": 0} if guild else {"user": user, "context": 1}
        about: Json = {"id": str(place), "type": 0 if guild else 1, "name": "talk", "position": 0, "permissions": "0", "recipients": []}
        await self.dispatch(
            "INTERACTION_CREATE",
            {
                "id": number, "application_id": str(APPLICATION), "type": kind, "token": f"token-{number}", "version": 1, "locale": locale, "channel": about,
                "channel_id": about["id"], "app_permissions": "0", "entitlements": [], "authorizing_integration_owners": {}, "attachment_size_limit": 10_000_000,
                "data": data, **where, **more,
            },
            shard,
        )  # fmt: skip
        return number

    async def _rest(self, request: web.Request) -> web.Response:
        text = await request.text()
        sent = Sent(request.method, "/" + request.match_info["path"], json.loads(text) if text else None)
        if request.headers.get("Authorization", f"Bot {self.token}") != f"Bot {self.token}":
            return _error(401, 0)
        async with self._changed:
            self.sent.append(sent)
            self.faults += self._faults(sent)
            self._changed.notify_all()
        if self.lag:
            await asyncio.sleep(self.lag)
            self.answered += request.transport is not None and not request.transport.is_closing()
        if self.limited:
            self.limited -= 1
            return _json({"message": "slow down", "retry_after": 0.01, "global": False}, 429, Via="1.1 fake")
        if self.failing:
            self.failing -= 1
            return _error(500, 0)
        refusal = next((refusal for part, refusal in self.refusals.items() if part in sent.path), None)
        return _error(*refusal) if refusal else self._answer(sent)

    def _faults(self, sent: Sent) -> Iterator[str]:
        if self._specification:
            yield from self._specification.faults(sent)
        if sent.path.endswith("/commands"):
            yield from faults_of_commands(sent.body)
        elif sent.path.endswith("/callback") and sent.body["type"] == CHOICES:
            yield from faults_of_choices(sent.body["data"]["choices"])
        elif sent.method != "DELETE" and (
            (sent.path.endswith("/callback") and sent.body["type"] in (MESSAGE, UPDATE)) or "/messages" in sent.path or sent.path.startswith("/webhooks/")
        ):
            yield from faults_of_message(sent.message)

    def _answer(self, sent: Sent) -> web.Response:
        _, root, *rest = sent.path.split("/")
        if sent.path == "/users/@me":
            return _json(_user(BOT, "bot", bot=True))
        if sent.path == "/gateway/bot":
            limit = {"total": 1000, "remaining": self.starts, "reset_after": 3_600_000, "max_concurrency": self.max_concurrency}
            return _json({"url": self.gateway_url, "shards": self._count, "session_start_limit": limit})
        if sent.path == "/users/@me/channels":
            return _json({"id": str(DIRECT), "type": 1, "last_message_id": None, "flags": 0, "recipients": [_user(int(sent.body["recipient_id"]), "Ada")]})
        if sent.path in ("/applications/@me", "/oauth2/applications/@me"):
            return _json({**_application(), "team": self.team})
        if sent.path.endswith("/commands") and sent.method == "PUT":
            return _json([_registered(command) for command in sent.body])
        if root == "interactions":
            return self._respond(rest[0], sent)
        if root == "webhooks":
            return self._follow(rest[1].removeprefix("token-"), sent)
        if root == "channels" and len(rest) == 1:
            return _json(_thread(rest[0]))
        return web.Response(status=204) if sent.path.endswith("/typing") else _json(self._keep(sent.message, int(rest[0])))

    def _respond(self, interaction: str, sent: Sent) -> web.Response:
        """The first response to an interaction."""
        if self._acknowledged.get(interaction) is not False:
            return _error(*((400, 40060) if interaction in self._acknowledged else (404, 10062)))
        self._acknowledged[interaction] = True
        resource = {}
        if sent.body["type"] == MESSAGE:
            made = self._keep(sent.message, CHANNEL)
            self._answers[interaction] = made["id"]
            resource = {"resource": {"type": MESSAGE, "message": made}}
        return _json({"interaction": {"id": interaction, "type": 2, "response_message_id": self._answers.get(interaction)}, **resource})

    def _follow(self, interaction: str, sent: Sent) -> web.Response:
        """What follows the first response: a change or the removal of its message, or a further message."""
        if not self._acknowledged.get(interaction):
            return _error(404, 10015)
        if sent.method == "DELETE":
            self.messages.pop(self._answers.pop(interaction, ""), None)
            return web.Response(status=204)
        made = self._keep(sent.message, CHANNEL)
        if sent.method == "PATCH":
            self._answers[interaction] = made["id"]
        return _json(made)

    def _keep(self, message: Json, channel: int) -> Json:
        """The message as Discord gives it back, with a number for it and for each component."""
        kept = {**_message(self._next_id(), channel), **{key: message[key] for key in ("content", "flags", "components") if message.get(key)}}
        made: Json = json.loads(json.dumps(kept))
        for number, component in enumerate(components(made), 1):
            component["id"] = number
        self.messages[made["id"]] = made
        return made

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        socket = _Socket(websocket, request.query.get("compress") == "zlib-stream")
        await socket.send({"op": 10, "d": {"heartbeat_interval": 41250}})
        async for frame in websocket:
            if frame.type is not WSMsgType.TEXT:
                continue
            packet = json.loads(frame.data)
            if packet["op"] == 1:
                await socket.send({"op": 11})
            elif packet["op"] in (2, 6):
                await self._enter(socket, packet)
        async with self._changed:
            self.closed_with.append(websocket.close_code)
            for session in self._sessions.values():
                if session.socket is socket:
                    session.socket = None
            self._changed.notify_all()
        return websocket

    async def _enter(self, socket: _Socket, packet: Json) -> None:
        """The bot identifies itself or takes up its session again."""
        if packet["d"]["token"] != self.gateway_token:
            await socket.websocket.close(code=4004)
            return
        if packet["d"].get("intents", 0) & self.refused_intents:
            await socket.websocket.close(code=4014)
            return
        if packet["op"] == 6:
            await self._resume(socket, packet["d"])
        else:
            await self._identify(socket, packet["d"])

    async def _identify(self, socket: _Socket, identity: Json) -> None:
        shard, count = identity.get("shard", (0, 1))
        servers = [server for server in self.servers if (server >> 22) % count == shard]
        if not 0 <= shard < count:
            await socket.websocket.close(code=4010)
            return
        if len(servers) > self.most_servers:
            await socket.websocket.close(code=4011)
            return
        bucket, now = shard % self.max_concurrency, time.monotonic()
        before, self.sessions_begun[bucket] = self.sessions_begun.get(bucket), now
        self.starts -= 1
        if before is not None and now - before < self.identify_every:
            self.collisions.append(shard)
            await socket.send({"op": 9, "d": False})
            return
        async with self._changed:
            self._count = count
            self.identified.append(identity)
            session = self._sessions[shard] = _Session(socket)
            known = {"session_id": str(shard), "resume_gateway_url": self.gateway_url, "shard": [shard, count]}
            unavailable = [{"id": str(server), "unavailable": True} for server in servers]
            await session.dispatch("READY", {"v": 10, "user": _user(BOT, "bot", bot=True), "guilds": unavailable, "application": {"id": str(APPLICATION), "flags": 0}, **known})  # fmt: skip
            for server in servers:
                await session.dispatch("GUILD_CREATE", _guild(server))
            self._changed.notify_all()

    async def _resume(self, socket: _Socket, session: Json) -> None:
        async with self._changed:
            resumed = self._sessions[int(session["session_id"])]
            resumed.socket = socket
            for event in resumed.dispatched[session["seq"] :]:
                await socket.send(event)
            self.resumed += 1
            await resumed.dispatch("RESUMED", {})
            self._changed.notify_all()


@dataclass
class _Session:
    """What the gateway knows of a shard: its connection, if any, and all that it was sent."""

    socket: _Socket | None
    dispatched: list[Json] = field(default_factory=list)

    async def dispatch(self, event: str, data: Json) -> None:
        self.dispatched.append({"op": 0, "t": event, "s": len(self.dispatched) + 1, "d": data})
        if self.socket:
            await self.socket.send(self.dispatched[-1])


class _Socket:
    """One connection to the gateway, compressed where the bot wants that."""

    def __init__(self, websocket: web.WebSocketResponse, compressed: bool) -> None:
        self.websocket = websocket
        self._deflate = zlib.compressobj() if compressed else None

    async def send(self, packet: Json) -> None:
        text = json.dumps({"s": None, "t": None, "d": None, **packet})
        if self._deflate is None:
            await self.websocket.send_str(text)
        else:
            await self.websocket.send_bytes(self._deflate.compress(text.encode()) + self._deflate.flush(zlib.Z_SYNC_FLUSH))


def _json(value: Any, status: int = 200, **headers: str) -> web.Response:
    return web.Response(status=status, body=json.dumps(value).encode(), content_type="application/json", headers=headers)


def _error(status: int, code: int) -> web.Response:
    return _json({"code": code, "message": "refused by the fake"}, status)


def _user(number: int, name: str, *, bot: bool = False) -> Json:
    return {"id": str(number), "username": name, "discriminator": "0", "global_name": name, "avatar": None, "bot": bot}


def _member(permissions: int = 0) -> Json:
    return {"roles": [], "joined_at": "2024-01-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0, "permissions": str(permissions)}


def _application() -> Json:
    plain = {"id": str(APPLICATION), "name": "bot", "icon": None, "description": "", "verify_key": "", "flags": 0}
    return {**plain, "bot_public": True, "bot_require_code_grant": False, "owner": _user(PERSON, "Ada")}


def _guild(number: int) -> Json:
    channel = {"id": str(CHANNEL), "type": 0, "name": "talk", "position": 0, "permission_overwrites": [], "nsfw": False, "parent_id": None, "topic": None}
    colors = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
    role = {"id": str(number), "name": "@everyone", "color": 0, "colors": colors, "hoist": False, "position": 0, "permissions": "0", "managed": False, "mentionable": False, "flags": 0}  # fmt: skip
    forum = {**channel, "id": str(FORUM), "type": 15, "name": "questions", "available_tags": [], "flags": 0}
    empty = ("emojis", "stickers", "features", "members", "threads", "voice_states", "presences", "stage_instances", "guild_scheduled_events")
    named = {"id": str(number), "name": "Server", "icon": None, "owner_id": str(PERSON), "preferred_locale": "es-ES"}
    return {**named, **{name: [] for name in empty}, "channels": [channel, forum], "roles": [role], "member_count": 2, "large": False, "unavailable": False}


def _thread(number: str) -> Json:
    """A post of the forum."""
    data = {"archived": False, "auto_archive_duration": 60, "archive_timestamp": "2024-01-01T00:00:00+00:00", "locked": False}
    post = {"id": number, "guild_id": str(GUILD), "parent_id": str(FORUM), "owner_id": str(PERSON), "type": 11, "name": "Are the ferries running again?"}
    return {**post, "last_message_id": None, "message_count": 0, "member_count": 1, "rate_limit_per_user": 0, "thread_metadata": data, "flags": 0}


def _message(number: str, channel: int) -> Json:
    return {
        "id": number, "type": 0, "channel_id": str(channel), "content": "", "author": _user(BOT, "bot", bot=True), "timestamp": "2024-01-01T00:00:00+00:00",
        "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [], "pinned": False, "components": [],
    }  # fmt: skip


def _registered(command: Json) -> Json:
    return {"id": "7007", "application_id": str(APPLICATION), "version": "1", "default_member_permissions": None, "type": 1, "description": "", **command}
