"""What operators ask over HTTP, from a real server and read by Prometheus' own parser."""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import pytest
from conftest import OTHER
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from bot import __version__, config, health, metrics
from bot.answer import Reason, Status
from bot.assistant import Assistant
from bot.errors import UsageError
from bot.health import Address, address, exposed
from bot.metrics import Histogram, State, Tally

STATE = State("c" * 64, "f" * 64, 5, 40, True, 0.04, 3, 7, 2, None, 0, 0.0, 11, 0, 0)


def scene(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(play())


def numbers(tally: Tally, state: State) -> dict[str, float]:
    """Every sample of the page: by its name and, after spaces, its labels in the order of their names."""
    text = metrics.page(tally, state)[0].decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {" ".join([s.name, *(f"{name}={value}" for name, value in sorted(s.labels.items()))]): s.value for s in samples}


def test_questions_are_counted_by_status_reason_and_decision() -> None:
    """The page has what was asked, as the answers have it; no word of a question."""
    assistant, tally = Assistant.load(config.Settings(OTHER / "corpus", OTHER / "faq.yaml", None)), Tally()
    answers = [assistant.ask(q) for q in ("Are the ferries running again?", "Who won the chess final?", "Who won the chess final?", "")]
    assert answers[0].status is Status.ANSWERED
    for found in answers:
        tally.answered(found, 0.2)
    page = numbers(tally, STATE)
    assert page["bot_questions_total reason= status=answered"] == 1
    assert page[f"bot_questions_total reason={answers[1].reason} status={answers[1].status}"] == 2
    assert page[f"bot_questions_total reason={Reason.EMPTY} status=abstained"] == 1
    assert page["bot_gate_decisions_total decision=entry"] == 1
    assert page["bot_question_seconds_count"] == page["bot_gate_confidence_count"] == 4
    assert page["bot_question_seconds_bucket le=0.1"] == 0
    assert page["bot_question_seconds_bucket le=0.25"] == 4
    assert "chess" not in metrics.page(tally, STATE)[0].decode()


def test_the_state_is_on_the_page() -> None:
    """Store, gateway, queue and the revision of the files in use."""
    away = dataclasses.replace(STATE, store="it is away", backlog=9, lag=1.5, dropped=4, failures=2, gateway=False)
    page = numbers(Tally(disconnects=2), away)
    assert page[f"bot_info corpus={'c' * 64} faq={'f' * 64} version={__version__}"] == 1
    wanted = {"store_up": 0, "store_backlog": 9, "store_lag_seconds": 1.5, "store_dropped_total": 4, "store_writes_total": 11, "store_failures_total": 2}
    wanted |= {"gateway_connected": 0, "gateway_disconnects_total": 2, "servers": 3, "at_work": 7, "queue": 2, "articles": 5, "faq_entries": 40}
    assert {name: page[f"bot_{name}"] for name in wanted} == wanted
    if sys.platform == "linux":
        assert page["process_resident_memory_bytes"] > 0


@given(values=st.lists(st.floats(0, 100)), bounds=st.lists(st.floats(0, 100), min_size=1, unique=True).map(sorted))
def test_a_histogram_counts_each_value_once(values: list[float], bounds: list[float]) -> None:
    """Each bucket holds the values up to its bound; the last one all of them."""
    made = Histogram(bounds)
    for value in values:
        made.observe(value)
    assert [count for _, count in made.buckets] == [*(float(sum(v <= bound for v in values)) for bound in bounds), float(len(values))]
    assert made.sum == pytest.approx(sum(values))


def test_the_server_tells_whether_the_bot_is_ready() -> None:
    """/readyz is 503 while there is no connection to Discord; without the store it is 200 and says degraded; /healthz is 200 either way."""

    async def play() -> None:
        now = [dataclasses.replace(STATE, gateway=False)]
        async with health.serving(Address(health.LOOPBACK, 0), Tally(), lambda: now[0]) as where, aiohttp.ClientSession(f"http://{where}") as client:

            async def get(path: str) -> tuple[int, Any]:
                async with client.get(path) as response:
                    return response.status, await (response.json() if response.content_type == "application/json" else response.text())

            assert await get("/healthz") == (200, "ok\n")
            status, said = await get("/readyz")
            assert (status, said["ready"], said["gateway"]) == (503, False, "not connected")
            now[0] = STATE
            assert ((await get("/readyz"))[0], (await get("/readyz"))[1]["store"]) == (200, "ok")
            now[0] = dataclasses.replace(STATE, store="the store cannot be written", backlog=3, latency=float("inf"))
            status, said = await get("/readyz")
            assert (status, said["store"], said["backlog"], said["latency"]) == (200, "degraded: the store cannot be written", 3, None)
            status, text = await get("/metrics")
            assert status == 200
            assert list(text_string_to_metric_families(text))
            assert (await get("/"))[0] == 404

    scene(play)


def test_a_port_that_is_taken_is_told_in_one_line() -> None:
    """And one that may not be had, and an address that is not this machine's."""

    async def play() -> None:
        with socket.create_server((health.LOOPBACK, 0)) as other:
            taken = Address(health.LOOPBACK, other.getsockname()[1])
            for where in (taken, Address("192.0.2.1", 9090), Address("no.such.invalid", 9090)):
                with pytest.raises(UsageError, match=f"BOT_METRICS: cannot listen at {where}: ") as caught:
                    async with health.serving(where, Tally(), lambda: STATE):
                        pass
                assert "\n" not in str(caught.value)

    scene(play)


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("9090", Address("127.0.0.1", 9090)),
        ("0.0.0.0:9090", Address("0.0.0.0", 9090)),
        ("[::1]:9090", Address("::1", 9090)),
        ("localhost:0", Address("localhost", 0)),
        ("", None),
    ],
)
def test_the_port_is_read(wanted: str, where: Address | None) -> None:
    """A port alone is for this machine alone; unset is off."""
    assert address({"BOT_METRICS": wanted}) == where
    assert address({}) is None


@pytest.mark.parametrize("wanted", ["on", "-1", "65536", ":9090", "::1:9090", "host:", "http://0.0.0.0:9090", "٩٠٩٠", "1.5"])
def test_what_is_no_address_is_told(wanted: str) -> None:
    """With what may be written."""
    with pytest.raises(UsageError, match="write PORT, such as 9090"):
        address({"BOT_METRICS": wanted})


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line; without BOT_METRICS the extra is not missed."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert address({}) is None
    with pytest.raises(UsageError, match=r"pip install 'verbatim-faq-bot\[metrics\]'"):
        address({"BOT_METRICS": "9090"})


def test_who_can_reach_it_is_known() -> None:
    """Loopback is not exposed, everything else is."""
    assert [exposed(Address(host, 1)) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "10.0.0.1", "example")] == [False] * 3 + [True] * 4
