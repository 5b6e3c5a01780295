"""What README.md, CHANGELOG.md and docs/ say of the program is so: outputs, commands, options, files."""

from __future__ import annotations

import asyncio
import fnmatch
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import platformdirs.macos
import pytest
from conftest import OTHER, ROOT
from fake_discord import FakeDiscord
from test_discord_offline import APPLICATION_AT
from upper import cache_folder
from upper import environment as environ

from bot import __version__
from bot.cli import main
from bot.config import NAME

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
PROMPT = "    $ "
MORE = "…"
_ASSIGNED = re.compile(r"([A-Z_]+)=(\S*)\s+")


def shown(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Each command after a prompt in an indented block, and the lines that are shown below it."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith(f"{PROMPT}bot ") or re.match(rf"{re.escape(PROMPT)}(?:[A-Z_]+=\S+ )+bot ", line):
            below = []
            for other in lines[number + 1 :]:
                if other.startswith(PROMPT) or (other and not other.startswith("    ")):
                    break
                below.append(other.removeprefix("    "))
            yield line.removeprefix(PROMPT), below


def pattern(below: list[str]) -> str:
    """What an output must match: the lines that are shown, blank ones apart; `…` stands for any text."""
    return r"\n".join(re.escape(line.rstrip()).replace(re.escape(f" {MORE}"), "(?:.|\n)*").replace(MORE, "(?:.|\n)*") for line in below if line.strip())


CONSOLE = [pytest.param(command, below, id=f"{page.name}: {command}") for page in PAGES for command, below in shown(page)]


@pytest.mark.parametrize(("command", "below"), CONSOLE)
def test_an_output_that_is_shown_is_what_the_program_prints(command: str, below: list[str], tmp_path: Path) -> None:
    """In a folder that holds the corpus and the FAQ that ship; `…` elides, blank lines and the width of a terminal do not count."""
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    (tmp_path / "faq.yaml").symlink_to(ROOT / "faq.yaml")
    environment: dict[str, str] = {"BOT_CACHE": str(cache_folder())}
    while assigned := _ASSIGNED.match(command):
        environment[assigned[1]] = assigned[2]
        command = command[assigned.end() :]
    program, *arguments = shlex.split(command)
    assert program == "bot"
    command_line = [sys.executable, "-m", "bot", *arguments]
    done = subprocess.run(command_line, cwd=tmp_path, env=environ(**environment), capture_output=True, check=False, timeout=300)
    printed = "\n".join(line.rstrip() for line in (done.stdout + done.stderr).decode().splitlines() if line.strip())
    assert re.fullmatch(pattern(below), printed), printed


def test_outputs_are_shown() -> None:
    """The test above has something to do: README.md and docs/ show outputs, and one that differs is found."""
    assert {"README.md", "files.md"} <= {page.name for page in PAGES if list(shown(page))}
    assert re.fullmatch(pattern(["a", "", "b …"]), "a\nb c\nd")
    assert not re.fullmatch(pattern(["a", "b"]), "a\nc")
    assert not re.fullmatch(pattern(["a", MORE, "z"]), "a\nb")


def commands() -> dict[tuple[str, ...], set[str]]:
    """Every command of the program with its options, such as ("faq", "add"): {"--id", …}."""
    found: dict[tuple[str, ...], set[str]] = {}

    def walk(command: click.Command, path: tuple[str, ...]) -> None:
        found[path] = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts) if option.startswith("-")}
        found[path] |= {"-h", "--help"}
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                walk(inner, (*path, name))

    walk(main, ())
    return found


def written(page: Path) -> Iterator[str]:
    """Every `bot …` in code of a page: in a line of an indented block, comment included, or between back-ticks."""
    text = page.read_text(encoding="utf-8")
    yield from re.findall(r"^    (?:\$ )?(?:[A-Z_]+=\S+ )*bot (.*)$", text, re.MULTILINE)
    yield from re.findall(r"`(?:[A-Z_]+=\S+ )*bot ([^`]+)`", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_and_option_that_is_written_is_one(page: Path) -> None:
    """Also those in the comment beside a command."""
    known = commands()
    for line in written(page):
        words = line.split("#")[0].split()
        path: tuple[str, ...] = ()
        options = set(known[()])
        for word in words:
            if (*path, word) in known:
                path = (*path, word)
                options |= known[path]
        assert path or words[0] in ("COMMAND", "…") or words[0].startswith("-"), f"{page.name}: bot {line}"
        for option in re.findall(r"(?<![\w-])(--[a-z][a-z-]*|-[a-z]\b)", line):
            assert option in options, f"{page.name}: bot {line}: {option}"


def test_each_command_is_in_the_readme_or_its_pages() -> None:
    """Nobody has to guess that a command is there; those of a group may be named beside it."""
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    for path in commands():
        assert all(re.search(rf"\b{re.escape(name)}\b", text) for name in path), path


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_changelog_begins_with_this_version() -> None:
    """Newest first; the heading is the version, and a date once it is out; each has lines."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+ \((?:unreleased|\d{4}-\d\d-\d\d)\)", heading) for heading in headings)
    assert headings[0].split()[0] == __version__
    assert sum("unreleased" in heading for heading in headings) <= 1
    assert all(re.search(r"^- ", part, re.MULTILINE) for part in text.split("\n## ")[1:])
    assert "### Upgrading" in text


# The files


def tabled() -> dict[str, str]:
    """The patterns of the table of files, and the lines that they stand in."""
    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    return {row[1]: row[0] for row in re.finditer(r"^\| `([^`]+)` \|.*$", text, re.MULTILINE)}


def test_the_files_that_the_bot_writes_are_those_of_the_table(tmp_path: Path) -> None:
    """Commands and a short life in Discord (against its stand-in), in a home of their own: each file left is in docs/files.md, and each there was seen."""
    home, project, seen = tmp_path / "home", tmp_path / "project", set[str]()
    home.mkdir()
    shutil.copytree(OTHER / "corpus", project / "corpus")
    shutil.copy(OTHER / "faq.yaml", project)
    own = {path for path in project.rglob("*") if path.is_file()}
    env = {name: value for name, value in os.environ.items() if not re.match(r"BOT_|DISCORD_|XDG_|SSL_CERT", name)}
    env |= {"HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}

    def look() -> None:
        for folder, name in ((home, "~"), (project, "PROJECT")):
            seen.update(f"{name}/{path.relative_to(folder)}" for path in folder.rglob("*") if path.is_file() and path not in own)

    def bot(*arguments: str, code: int = 0) -> None:
        done = subprocess.run([sys.executable, "-m", "bot", *arguments], cwd=project, env=env, capture_output=True, check=False, timeout=120)
        assert done.returncode == code, (arguments, done.stderr.decode())
        look()

    async def live() -> None:
        fake = FakeDiscord()
        await fake.start()
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", APPLICATION_AT, str(fake.port), cwd=project, env=env | {"DISCORD_TOKEN": fake.token}, stderr=asyncio.subprocess.DEVNULL
        )
        await asyncio.wait_for(fake.online(), 60)
        await fake.callback(await fake.ask("Is there a ferry to Iskholm?"))
        look()
        program.terminate()
        await program.wait()
        await fake.stop()

    bot("doctor")
    assert seen == set()
    bot("ask", "How many passangers were abord?")
    bot("check")
    bot("faq", "gaps")
    bot("faq", "alias", "iskholm-ferry", "will the boat go to Iskholm", "--force")
    large = importlib.util.find_spec("bm25s") is not None
    if large:
        bot("index", "build")
    asyncio.run(live())
    look()
    patterns = tabled()
    assert [path for path in sorted(seen) if not any(fnmatch.fnmatch(path, pattern) for pattern in patterns)] == []
    unseen = {pattern for pattern in patterns if not any(fnmatch.fnmatch(path, pattern) for path in seen)}
    optional = ("BOT_SEMANTIC", "the same", *(() if large else ("extra `scale`",)))
    assert all(any(word in patterns[pattern] for word in optional) for pattern in unseen), unseen


def test_the_folders_of_macos_are_as_written() -> None:
    text = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")
    dirs = platformdirs.macos.MacOS(NAME, appauthor=False)
    for folder in (dirs.user_cache_path, dirs.user_data_path):
        assert f"`~/{folder.parent.relative_to(Path.home())}`" in text
