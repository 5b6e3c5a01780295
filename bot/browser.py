"""Pictures of pages, drawn by the Chromium or Chrome of this machine, without a window."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import threading
from typing import IO, Any

from bot.errors import UsageError

PATIENCE = 60
"""Seconds that the browser may take."""
PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find() -> str | None:
    """The browser to use; None where there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def picture(page: str, width: int) -> bytes:
    """An HTML page as PNG, `width` pixels wide and as high as it is; its scripts do not run. Raises UsageError where that cannot be drawn."""
    program = find()
    if program is None:
        raise UsageError("a picture needs Chromium or Chrome, and neither is installed; a page (.html) needs none")
    with _Tab(program) as tab:
        frame = tab.call("Page.getFrameTree")["frameTree"]["frame"]["id"]
        tab.call("Emulation.setScriptExecutionDisabled", value=True)
        tab.call("Emulation.setDeviceMetricsOverride", width=width, height=1, deviceScaleFactor=1, mobile=False)
        tab.call("Page.setDocumentContent", frameId=frame, html=page)
        size = tab.call("Page.getLayoutMetrics")["cssContentSize"]
        area = {"x": 0, "y": 0, "width": width, "height": size["height"], "scale": 1}
        return base64.b64decode(tab.call("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=area)["data"])


_PIPES_AT_3_AND_4 = ("sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null', "sh")
"""Where the browser expects those that it is told by, and answers into."""


class _Tab:
    """One tab of a browser of its own, told what to do over two pipes (Chrome's DevTools protocol); all of it is gone at the end."""

    def __init__(self, program: str) -> None:
        self._program = program
        self._stack = contextlib.ExitStack()
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self._unread = b""

    def __enter__(self) -> _Tab:
        with contextlib.ExitStack() as stack:
            profile = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
            options = ["--headless", "--remote-debugging-pipe", f"--user-data-dir={profile}", "--no-first-run", "--disable-background-networking"]
            options += ["--hide-scrollbars", "--disable-gpu", "--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
            self._said = stack.enter_context(tempfile.TemporaryFile())
            self._process = subprocess.Popen(
                [*_PIPES_AT_3_AND_4, self._program, *options], bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said
            )
            stack.enter_context(self._process)
            stack.callback(self._process.kill)
            limit = threading.Timer(PATIENCE, self._process.kill)
            limit.start()
            stack.callback(limit.cancel)
            target = self.call("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        with self._stack, contextlib.suppress(UsageError):
            self._session = None
            self.call("Browser.close")
            self._process.wait()  # killed, it would leave processes that still write into its folder

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """What a method of the protocol returns. Raises UsageError where the browser ends or refuses."""
        number = next(self._numbers)
        session = {"sessionId": self._session} if self._session else {}
        try:
            _stream(self._process.stdin).write(json.dumps({"id": number, "method": method, "params": parameters, **session}).encode() + b"\0")
            while (reply := json.loads(self._message())).get("id") != number:
                pass
        except (OSError, ValueError):
            self._said.seek(0)
            said = self._said.read().decode("utf-8", "replace").strip().splitlines()[-1:]
            raise UsageError(": ".join([f"{self._program} ended before it had drawn the picture (a page, .html, needs no browser)", *said])) from None
        if "error" in reply:
            raise UsageError(f"{self._program} cannot draw the picture: {method}: {reply['error'].get('message')}")
        result: dict[str, Any] = reply["result"]
        return result

    def _message(self) -> bytes:
        """The next message; empty where the browser has ended."""
        while b"\0" not in self._unread and (data := _stream(self._process.stdout).read(1 << 16)):
            self._unread += data
        message, _, self._unread = self._unread.partition(b"\0")
        return message


def _stream(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # both were asked for
    return stream
