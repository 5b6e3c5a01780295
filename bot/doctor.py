"""What keeps the bot from working here, or soon will: one finding for each thing that is looked at, with its mend.

Nothing is changed, made or sent: of the network only the store is asked, where that is PostgreSQL. No secret is in a finding.
"""

from __future__ import annotations

import datetime
import os
import platform
import re
import shutil
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from rapidfuzz import fuzz, process

from bot import __version__, config, credentials, engines, store
from bot.config import NAME, NONE, SETTINGS, Settings
from bot.corpus import Corpus, load_corpus
from bot.errors import BotError, BrokenFiles, Problem, StoreError, UsageError, number_of
from bot.faq import load_faq
from bot.lexicon import check_lexicon
from bot.passages import CLUSTER, EXACT
from bot.relations import load_relations
from bot.semantic import find_encoder
from bot.shards import SHARDS, read_shards

ALIKE = 80
"""Likeness (0 to 100) from which an unknown variable is taken as a known one, misspelt."""
FULL, NEARLY_FULL = 20 << 20, 200 << 20
"""Free bytes of a disk below which it is wrong, or a warning."""
SECRETS = Path("/run/secrets")
"""Where containers have their secrets; who may read them there is not for the bot to say."""
_SHOWN = 3
"""Problems of a file that are told; `bot check` tells all."""
_LOOK = "bot check shows all, each with its place"


class Grade(StrEnum):
    """How something is."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """How one thing is, and what mends it."""

    grade: Grade
    what: str
    says: str
    mend: str = ""


def examine(environment: Mapping[str, str], *, corpus: str | None = None, faq: str | None = None) -> Iterator[Finding]:
    """Look at everything, in the order in which it is best mended; `corpus` and `faq` are the options of the command line."""
    yield from _program()
    yield from _settings(environment)
    try:
        config.store_of(environment)
    except UsageError as error:
        yield _wrong("store", str(error), "name a file that this user can read, with the store's place in it")
        environment = {**environment, "BOT_STORE_FILE": ""}
    settings, loaded = _corpus_in_use(environment, corpus, faq)
    texts: Corpus | None = None
    for item in loaded:
        if isinstance(item, Corpus):
            texts = item
        else:
            yield item
    if texts is not None:
        yield from _beside(texts)
        yield from _faq(settings, texts)
        yield _clock(texts, datetime.date.today())
    yield from _engine(settings)
    yield _folder("cache", settings.cache, "BOT_CACHE", "the bot works without it, but learns the phrasings at every start")
    yield from _store(settings)
    yield from _inside(settings)
    yield from _discord(environment)
    if environment.get(SHARDS):
        yield _tried("shards", lambda: str(read_shards(environment, settings.store)))
    yield from _disks(settings)
    yield _temporary()


def _ok(what: str, says: str) -> Finding:
    return Finding(Grade.OK, what, says)


def _warning(what: str, says: str, mend: str) -> Finding:
    return Finding(Grade.WARNING, what, says, mend)


def _wrong(what: str, says: str, mend: str) -> Finding:
    return Finding(Grade.WRONG, what, says, mend)


def _program() -> Iterator[Finding]:
    """The program, what it is made of, and how it reads letters."""
    here = Path(__file__).parent
    yield _ok("program", f"{__version__} in {here}, Python {platform.python_version()}")
    versions = {found.version: found for found in reversed(list(metadata.distributions(name=NAME)))}
    if len(versions) > 1:
        places = ", ".join(f"{version} in {found.locate_file('')}" for version, found in sorted(versions.items()))
        yield _wrong("program", f"installed {number_of(len(versions), 'time')}: {places}", f"keep one: pip uninstall {NAME}, twice, then install it anew")
    elif __version__ not in versions:
        (installed,) = versions or ("no version",)
        yield _warning("program", f"{__version__} runs, but {installed} is what pip installed", "install it anew: pip install .")
    yield from _packages(next(iter(versions.values()), None))
    encoding = sys.getfilesystemencoding()
    if encoding.lower() not in ("utf-8", "utf8"):
        yield _wrong("locale", f"arguments and names of files are read as {encoding}, so that ñ and щ are lost", "set LC_ALL=C.UTF-8")
    else:
        yield _ok("locale", encoding)


def _packages(installed: metadata.Distribution | None) -> Iterator[Finding]:
    """Whether each package that the program asks for is there in a version that will do."""
    sound = 0
    for line in (installed.requires if installed else None) or ():
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            try:
                found = metadata.version(wanted.name)
            except metadata.PackageNotFoundError:
                yield _wrong("packages", f"{wanted.name} is not installed", f"pip install '{line}'")
                continue
            if wanted.specifier.contains(found, prereleases=True):
                sound += 1
            else:
                yield _wrong("packages", f"{wanted.name} {found} is installed, {wanted.specifier} is needed", f"pip install '{line}'")
    yield _ok("packages", f"{sound} as needed")


def _settings(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Each variable that is set and is the program's, and each that looks like one of its and is not."""
    known = {setting.name: setting for setting in SETTINGS}
    for name, value in sorted(environment.items()):
        setting = known.get(name)
        if setting and value:
            if re.fullmatch(setting.pattern, value, re.DOTALL):
                yield _ok("setting", f"{name}{'' if setting.secret else f'={value}'}: {setting.what}")
            else:
                yield _wrong("setting", f"{name} {'has no value' if setting.secret else f'is {value!r}'}", f"{setting.what}: {setting.values}")
        elif not setting and name.upper().startswith(("BOT_", "DISCORD_")):
            near = process.extractOne(name.upper(), list(known), scorer=fuzz.ratio, score_cutoff=ALIKE)
            if near:
                yield _wrong("setting", f"{name} is not read by the bot", f"write {near[0]}: {known[near[0]].what}")
            else:
                yield _warning("setting", f"{name} is not read by the bot", "unset it, or see bot --help for those that are")


def _corpus_in_use(environment: Mapping[str, str], corpus: str | None, faq: str | None) -> tuple[Settings, list[Finding | Corpus]]:
    """The settings, and what is to be said of the corpus; the corpus last, where it can be used."""
    try:
        settings = config.load(environment, corpus=corpus, faq=faq)
    except BrokenFiles as error:
        return config.load(environment, corpus="corpus", faq=faq), [*_problems("corpus", error.problems)]
    try:
        loaded, problems = load_corpus(settings.corpus, empty=False)
    except BrokenFiles as error:
        return settings, [*_problems("corpus", error.problems)]
    says = f"{settings.corpus}: {number_of(len(loaded.articles), 'article')}, {number_of(len(loaded.sentences), 'sentence')}"
    return settings, [_ok("corpus", says), *_problems("corpus", problems), loaded]


def _problems(what: str, problems: Iterable[Problem]) -> Iterator[Finding]:
    """The first problems of a file, and how many more there are."""
    worst = sorted(problems, key=lambda problem: problem.warning)
    for problem in worst[:_SHOWN]:
        grade = Grade.WARNING if problem.warning else Grade.WRONG
        yield Finding(grade, what, str(replace(problem, column=0, mend="", warning=False)), problem.mend or _LOOK)
    if len(worst) > _SHOWN:
        grade = Grade.WARNING if worst[_SHOWN].warning else Grade.WRONG
        yield Finding(grade, what, number_of(len(worst) - _SHOWN, "more problem"), _LOOK)


def _beside(corpus: Corpus) -> Iterator[Finding]:
    """relations.yaml and words.yaml, where the corpus has them."""
    for what, load in (("relations", load_relations), ("words", check_lexicon)):
        path = corpus.folder / f"{what}.yaml"
        try:
            problems: Iterable[Problem] = load(corpus)[1]
        except BrokenFiles as error:
            problems = error.problems
        found = list(_problems(what, problems))
        yield from found or [_ok(what, str(path) if path.exists() else f"no {path.name}; none is needed")]


def _faq(settings: Settings, corpus: Corpus) -> Iterator[Finding]:
    """Whether the FAQ can be read, and belongs to the corpus."""
    if settings.faq is None:
        yield _ok("faq", "none is in use; questions are answered by search alone")
        return
    kept = settings.cache if settings.cache and settings.cache.is_dir() else None
    try:
        faq = load_faq(settings.faq, corpus, kept)
    except BrokenFiles as error:
        errors = [problem for problem in error.problems if not problem.warning]
        strange = {problem.message for problem in errors if problem.message.startswith("no article ")}
        if strange:
            names = ", ".join(sorted(message.removeprefix("no article ") for message in strange)[:_SHOWN])
            says = f"{settings.faq} is of another corpus: it quotes {number_of(len(strange), 'article')} that {settings.corpus} has not, such as {names}"
            yield _wrong("faq", says, "name the FAQ of this corpus with --faq or BOT_FAQ, or the corpus of this FAQ")
        else:
            yield from _problems("faq", errors)
        return
    if faq.entries:
        yield _ok("faq", f"{settings.faq}: {number_of(len(faq.entries), 'entry')}")
    else:
        yield _warning("faq", f"{settings.faq} has no entry", "add one with bot faq add, or name another with BOT_FAQ")


def _clock(corpus: Corpus, today: datetime.date) -> Finding:
    """Whether an article is of a day that has not come yet."""
    if corpus.newest is not None and corpus.newest > today:
        says = f"today is {today} by this computer, and an article says {corpus.newest}"
        return _warning("clock", says, "set the clock, or put the article's date right: what is newest goes first")
    return _ok("clock", f"{today}, no article is later")


def _engine(settings: Settings) -> Iterator[Finding]:
    """What searches, and whether matching by meaning is at hand where it is asked for."""
    try:
        yield _ok("engine", _searching(settings))
    except BotError as error:
        yield _wrong("engine", str(error), "run `bot index build`, or leave BOT_ENGINE out")
    if settings.semantic:
        try:
            encoder = find_encoder().name
        except UsageError as error:
            yield _wrong("meaning", str(error), f"pip install '{NAME}[semantic]', or unset BOT_SEMANTIC")
            return
        try:
            engines.check_vectors(settings, encoder)
            yield _ok("meaning", encoder)
        except BotError as error:
            yield _wrong("meaning", str(error), "run `BOT_SEMANTIC=on bot index build`, or unset BOT_SEMANTIC")


def _searching(settings: Settings) -> str:
    """What searches, in words. Raises BotError where it cannot."""
    if settings.engine == CLUSTER:
        return f"{CLUSTER} at {engines.cluster_of(settings).address}; it was not asked (`bot index status` asks it)"
    facts = engines.in_use(settings)
    name = facts.engine if facts else EXACT
    return f"{name} {_version(name)}" + (f", an index of {number_of(facts.articles, 'article')}" if facts else "")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "(no version known)"


def _existing(path: Path) -> Path:
    """`path`, or the nearest folder above it that is there."""
    path = path.absolute()
    while not path.exists() and path.parent != path:
        path = path.parent
    return path


def _folder(what: str, folder: Path | None, variable: str, without: str) -> Finding:
    """Whether files can be written into a folder, which need not be there yet."""
    if folder is None:
        return _ok(what, f"none is kept ({variable}=none)")
    there = _existing(folder)
    if not there.is_dir():
        return _wrong(what, f"{there} is no folder: {without}", f"name a folder in {variable}")
    if not os.access(there, os.W_OK | os.X_OK):
        return _warning(what, f"{folder} cannot be written: {without}", f"let this user write {there}, or name another folder in {variable}")
    return _ok(what, f"{folder}{'' if folder.exists() else ' (made when it is needed)'}")


def _store(settings: Settings) -> Iterator[Finding]:
    """Whether the store can be used as it is, without making it or bringing it up to date."""
    where, path = settings.store, settings.store_file
    if where == NONE:
        yield _warning("store", "none: settings of servers and votes are lost when the bot stops", "name a file in BOT_STORE")
        return
    try:
        if path is not None and not (path.exists() and (path.is_dir() or path.stat().st_size)):
            found = _folder("store", path.parent, "BOT_STORE", "the store cannot be made")
            yield _ok("store", f"{path} (made when it is needed)") if found.grade is Grade.OK else _wrong("store", found.says, found.mend)
            return
        place, schema = store.look(where)
        store.check_known(schema, place)
    except OSError as error:
        yield _wrong("store", f"{path} cannot be looked at: {error.strerror}", "let this user read and write it, or name another file in BOT_STORE")
        return
    except StoreError as error:
        says, mend = re.split(r"[;:] (?!.*[;:] )", str(error), maxsplit=1)  # a message ends with its mend
        yield _wrong("store", says, mend)
        return
    newest = store.newest_schema()
    name = place.removeprefix("the store ")
    if schema == newest:
        yield _ok("store", f"{name}, schema {schema}")
    else:
        yield _ok("store", f"{name}, schema {schema or 'none'}; the next start brings it to {newest}")
    if path is not None and path.stat().st_mode & 0o077:
        yield _warning("store", f"{path} can be read by other users of this machine", f"chmod 600 {path}")


def _inside(settings: Settings) -> Iterator[Finding]:
    """What is written must not lie among the articles: it would be a part of the corpus."""
    corpus = settings.corpus.resolve()
    places = {"cache": settings.cache, "store": settings.store_file}
    for what, place in places.items():
        if place is not None and corpus in place.resolve().parents:
            yield _wrong(what, f"{place} lies in the folder of the articles, which changes the corpus with each write", "name a place outside of it")


def _discord(environment: Mapping[str, str]) -> Iterator[Finding]:
    """What `bot discord` needs beyond: the token's form, never its value, the proxy's, and certificates."""
    held, file = environment.get("DISCORD_TOKEN"), environment.get("DISCORD_TOKEN_FILE")
    if held is None and not file:
        yield _ok("token", "none; only bot discord needs one (DISCORD_TOKEN, or DISCORD_TOKEN_FILE)")
    else:
        yield _tried("token", lambda: credentials.read_token(environment) and "has the form of a token; whether Discord knows it shows when the bot starts")
    if held is not None and file:
        yield _warning("token", "both DISCORD_TOKEN and DISCORD_TOKEN_FILE are set; the first is used", "unset one of them")
    elif file and (path := Path(file).absolute()).is_file() and path.stat().st_mode & 0o044 and SECRETS not in path.parents:
        yield _warning("token", f"{path} can be read by other users of this machine", f"chmod 600 {path}")
    if environment.get("DISCORD_PROXY"):
        yield _tried("proxy", lambda: credentials.read_proxy(environment) and "has the form of an HTTP proxy")
    if environment.get("BOT_METRICS"):
        from bot.health import address

        yield _tried("metrics", lambda: f"served at {address(environment)} while the bot runs")
    trusted = environment.get("SSL_CERT_FILE")
    if trusted:
        yield _certificates(trusted)


def _tried(what: str, check: Callable[[], str | None]) -> Finding:
    """ok with what `check` returns, or wrong with what it raises."""
    try:
        return _ok(what, str(check()))
    except BotError as error:
        says, _, mend = str(error).partition("; ")
        return _wrong(what, says, mend or "name a file that this user can read")


def _certificates(path: str) -> Finding:
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cafile=path)
    except (OSError, ValueError) as error:
        why = "holds no certificate" if isinstance(error, ssl.SSLError) else f"cannot be read: {getattr(error, 'strerror', None) or error}"
        return _wrong("certificates", f"{path} {why}", "name a file in PEM format in SSL_CERT_FILE, or unset it")
    return _ok("certificates", f"{path}: {number_of(len(context.get_ca_certs()), 'certificate')}")


def _disks(settings: Settings) -> Iterator[Finding]:
    """How much room there is where files are written."""
    disks = {(there := _existing(place)).stat().st_dev: there for place in (settings.cache, settings.store_file) if place is not None}
    for place in disks.values():
        free = shutil.disk_usage(place).free
        says, mend = f"{free >> 20} MB are free at {place}", "make room, or name other places in BOT_CACHE and BOT_STORE"
        if free < NEARLY_FULL:
            yield Finding(Grade.WRONG if free < FULL else Grade.WARNING, "disk", says, mend)
        else:
            yield _ok("disk", says)


def _temporary() -> Finding:
    """Whether there is a folder for temporary files; the model that tells languages apart is unpacked there."""
    try:
        return _ok("temporary", tempfile.gettempdir())
    except OSError:
        return _wrong("temporary", "no temporary folder can be written: the model that tells languages apart cannot be unpacked", "name one in TMPDIR")
