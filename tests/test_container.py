"""The image of the Dockerfile, run by Podman with a read-only root, where BOT_TEST_IMAGE names it (`.ci/container` makes it and runs this)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import OTHER, ROOT
from fake_discord import FakeDiscord
from test_discord_offline import APPLICATION_AT
from upper import ferry

IMAGE = os.environ.get("BOT_TEST_IMAGE", "")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
QUESTION = "Is there a ferry to Iskholm?"
imaged = pytest.mark.skipif(not IMAGE, reason="BOT_TEST_IMAGE names no image (see .ci/container)")


def podman(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["podman", *arguments], input=stdin, capture_output=True, check=False, timeout=300)


def contained(*arguments: str, options: tuple[str, ...] = (), stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """What a container of the image does with these arguments: read-only, the fictional corpus mounted, and gone afterwards."""
    return podman(
        "run",
        "--rm",
        "--no-healthcheck",
        "--interactive",
        "--read-only",
        "--read-only-tmpfs=false",
        "--volume",
        f"{OTHER}:/data:ro",
        *options,
        IMAGE,
        *arguments,
        stdin=stdin,
    )


@imaged
def test_it_answers_as_outside_of_it() -> None:
    """The same bytes as `bot ask --json` prints here; and `bot verify` there finds them exact."""
    done = contained("ask", "--json", QUESTION)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == json.loads(ferry("ask", "--json", QUESTION).stdout)
    assert contained("verify", stdin=done.stdout).returncode == 0


@imaged
def test_nothing_is_wrong_in_it() -> None:
    """The doctor says so there; the two volumes are the only places that can be written, by a user that is not root."""
    done = contained("doctor")
    assert done.returncode == 0, done.stdout
    assert b"0 warnings, 0 wrong" in done.stderr
    script = (
        "import os, tempfile\nwritable = []\n"
        "for folder, folders, _ in os.walk('/'):\n"
        "    folders[:] = [f for f in folders if os.path.join(folder, f) not in ('/proc', '/sys', '/dev')]\n"
        "    try:\n        os.close(tempfile.mkstemp(dir=folder)[0])\n        writable.append(folder)\n    except OSError:\n        pass\n"
        "print(os.getuid(), os.getgid(), sorted(writable))"
    )
    done = contained("-c", script, options=("--entrypoint", "python"))
    assert done.stdout.decode().strip() == "10001 10001 ['/cache', '/store']"


@imaged
def test_no_article_is_in_it() -> None:
    """Neither those that ship with the project nor their FAQ, nor what builds and installs packages."""
    script = "import os\nfor folder, _, names in os.walk('/'):\n    for name in names: print(os.path.join(folder, name))"
    files = contained(
        "-c", script, options=("--entrypoint", "python", "--volume", f"{ROOT / 'tests' / 'data' / 'other_topic' / 'corpus'}:/data:ro")
    ).stdout.decode()
    names = {Path(line).name for line in files.splitlines()}
    assert names & {path.name for path in (ROOT / "corpus").glob("*.md") if path.name != "README.md"} == set()
    assert "faq.yaml" not in names
    assert not re.search(r"/opt/.*/(?:pip|hatchling)/__init__\.py", files)


@pytest.fixture
def token(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text(FakeDiscord().token + "\n", encoding="utf-8")
    path.chmod(0o644)
    tmp_path.chmod(0o755)
    return path


@imaged
def test_the_bot_in_it_is_healthy_answers_and_ends_when_told(token: Path) -> None:
    """Against the stand-in of Discord: the token comes from a file, the health check passes, `podman stop` ends it with exit code 0 and the answer kept."""
    name = f"bot-{os.getpid()}"
    options = [
        "--detach",
        "--name",
        name,
        "--read-only",
        "--read-only-tmpfs=false",
        "--volume",
        f"{OTHER}:/data:ro",
        "--volume",
        f"{token}:/run/secrets/discord_token:ro",
    ]
    options += ["--env", "DISCORD_TOKEN_FILE=/run/secrets/discord_token", "--entrypoint", "python"]

    async def play() -> dict[str, Any]:
        fake = FakeDiscord()
        await fake.start()
        started = await asyncio.to_thread(podman, "run", *options, IMAGE, "-c", APPLICATION_AT, str(fake.port))
        assert started.returncode == 0, started.stderr
        try:
            for _ in range(5):  # each waits as long as the stand-in has patience
                with contextlib.suppress(TimeoutError):
                    await fake.online()
            assert fake.identified, podman("logs", name)
            health = await asyncio.to_thread(podman, "healthcheck", "run", name)
            assert health.returncode == 0, health
            number = await fake.ask(QUESTION)
            await fake.callback(number)
            backup = await asyncio.to_thread(podman, "exec", name, "bot", "store", "backup", "-")
            assert json.loads(backup.stdout.splitlines()[0])["kind"] == "verbatim-faq-bot store"
            stopped = await asyncio.to_thread(podman, "stop", "--time", "10", name)
            assert stopped.returncode == 0, stopped.stderr
            (state,) = json.loads(podman("inspect", name).stdout)
            log = podman("logs", name)
            assert b"stopped" in log.stdout + log.stderr
            assert fake.token.encode() not in log.stdout + log.stderr + json.dumps(state).encode()
            found: dict[str, Any] = state["State"]
            return found
        finally:
            await asyncio.to_thread(podman, "rm", "--force", "--volumes", name)
            await fake.stop()

    assert asyncio.run(play())["ExitCode"] == 0


# Without an engine


def test_the_image_is_pinned_and_small_in_what_it_may() -> None:
    """Two stages from one base of one version; packages by hash; not root; exec form, so that signals arrive; a health check."""
    lines = [line for line in re.sub(r"\\\n\s*", "", DOCKERFILE).splitlines() if line and not line.startswith("#")]
    assert re.fullmatch(r"ARG PYTHON=\d+\.\d+\.\d+-slim-\w+", lines[0])
    assert [line for line in lines if line.startswith("FROM")] == ["FROM python:${PYTHON} AS build", "FROM python:${PYTHON}"]
    last = lines[lines.index("FROM python:${PYTHON}") :]
    assert all("--require-hashes" in part or "--no-deps" in part for line in lines for part in line.split("&&") if re.search(r"pip .*(?:install|wheel)", part))
    assert "USER 10001:10001" in last
    assert 'ENTRYPOINT ["bot"]' in last
    assert any(line.startswith("HEALTHCHECK") and 'CMD ["' in line for line in last)
    assert not any(line.startswith("ADD") or "curl" in line for line in lines)


def test_only_what_the_image_needs_is_sent_to_the_builder() -> None:
    """.dockerignore names what may be copied; each COPY of the Dockerfile is among it, and the articles are not."""
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    copied = {name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()}
    assert copied == allowed
    assert not {"corpus", "faq.yaml", "tests"} & allowed
