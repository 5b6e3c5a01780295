"""A new assistant beside one in use, from files that have changed, without holding up those who ask the old one."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
from multiprocessing.connection import Connection

from bot.assistant import Assistant
from bot.config import Settings
from bot.errors import BrokenFiles, Problem
from bot.watch import stamp

PRIORITY = 5
"""How much the process that learns gives way to others (nice)."""
AGAIN_AFTER = 1.0
"""Seconds to wait where files were changing while they were read."""
_SPAWN = multiprocessing.get_context("spawn")


async def renewed(settings: Settings) -> Assistant:
    """An assistant made of the files as they are now, none of which changed while they were read. Raises BrokenFiles.

    It is learnt by another process, which leaves what it learnt in the cache folder; without one, it is learnt in a thread here.
    """
    while True:
        before = await asyncio.to_thread(stamp, settings)
        try:
            if settings.cache:
                await _learn(settings)
            if await asyncio.to_thread(stamp, settings) == before:
                assistant = await asyncio.to_thread(_made, settings)
                if await asyncio.to_thread(stamp, settings) == before:
                    return assistant
        except BrokenFiles:
            if await asyncio.to_thread(stamp, settings) == before:
                raise
        await asyncio.sleep(AGAIN_AFTER)


async def _learn(settings: Settings) -> None:
    """Have another process make the assistant, and wait for it. Raises BrokenFiles, and RuntimeError where it ends too early."""
    receiver, sender = _SPAWN.Pipe(duplex=False)
    process = _SPAWN.Process(target=_learner, args=(settings, sender), daemon=True)
    process.start()
    sender.close()
    try:
        problems: tuple[Problem, ...] = await asyncio.to_thread(receiver.recv)
    except EOFError:
        process.join()
        raise RuntimeError(f"the process that learns the changed files ended with {process.exitcode}") from None
    finally:
        process.kill()
        process.join()
    if problems:
        raise BrokenFiles(problems)


def _learner(settings: Settings, sender: Connection) -> None:
    """What the other process does: make the assistant, tell the problems (none: all is well)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(AttributeError, OSError):  # Windows has no such thing
        os.nice(PRIORITY)
    problems: tuple[Problem, ...] = ()
    try:
        _made(settings)
    except BrokenFiles as error:
        problems = error.problems
    sender.send(problems)


def _made(settings: Settings) -> Assistant:
    assistant = Assistant.load(settings)
    assistant.prepare()
    return assistant
