"""`bot corpus add`, `update` and `remove` as people and scripts run them, on the fictional corpus."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import OTHER, write_article
from upper import environment, run

from bot.corpus import load_corpus
from bot.relations import load_relations

SAID = ("--set", "title=Bus takes longer", "--set", "publisher=Lake News", "--set", "published=2023-03-28")
BUS = "The free bus around the lake takes 105 minutes now, the line says.\n\nFollow us on the lake\n"
PAGE = """<html lang="en"><head><title>Ferry back | Courier</title><meta property="og:title" content="Ferry back">
<meta property="og:site_name" content="The Courier"><meta property="article:published_time" content="2023-03-22T10:00:00Z">
<link rel="canonical" href="https://example.org/ferry-back"></head><body><nav><a href="/">Home</a></nav><article><h1>Ferry back</h1>
<p>The Otterling carries <b>dogs</b> once more, the harbour office said on Tuesday. The crossing takes forty minutes in calm weather.</p>
<p>Passengers with bicycles board first. A second boat for the island is to be built next year, if the council agrees to pay.</p></article>
<footer>All cookies are ours</footer></body></html>"""
needs_extractor = pytest.mark.skipif(importlib.util.find_spec("trafilatura") is None, reason="needs the extra `import`")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the fictional corpus and its FAQ."""
    shutil.copytree(OTHER / "corpus", tmp_path / "corpus")
    shutil.copy(OTHER / "faq.yaml", tmp_path)
    return tmp_path


def corpus(place: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """`bot corpus …` in that folder."""
    done = run("corpus", *arguments, cwd=place)
    assert b"Traceback" not in done.stderr
    return done


def files(place: Path) -> dict[str, bytes]:
    """Every file below the folder."""
    return {str(p.relative_to(place)): p.read_bytes() for p in sorted(place.rglob("*")) if p.is_file()}


def text_of(place: Path, article: str) -> str:
    return load_corpus(place / "corpus")[0].articles[article].text


def source(place: Path, text: str, name: str = "bus.txt") -> str:
    (place / name).write_text(text, encoding="utf-8")
    return name


# add


def test_an_article_is_added_letter_by_letter_with_its_hash_and_nothing_that_was_not_accepted(place: Path) -> None:
    text = "The free bus takes 105 minutes now.\u00a0“Slow”, said some…\n\nFollow us on the lake\n"
    before = files(place)
    done = corpus(place, "add", source(place, text), *SAID)
    assert done.returncode == 0, done.stderr
    article = load_corpus(place / "corpus")[0].articles["bus"]
    assert load_corpus(place / "corpus")[1] == []
    assert article.text == text
    assert (article.title, article.publisher, str(article.published), article.author, article.language) == (
        "Bus takes longer",
        "Lake News",
        "2023-03-28",
        None,
        "en",
    )
    assert (article.furniture, article.sections) == ((), ())
    assert b"Follow us on the lake" in done.stdout
    assert {name: data for name, data in files(place).items() if name not in ("corpus/bus.md", "bus.txt")} == before


def test_what_is_accepted_by_number_is_written_and_loads(place: Path) -> None:
    done = corpus(place, "add", source(place, "Update (March 30, 2023): A ferry to Iskholm.\n\n" + BUS), *SAID, "--accept", "all")
    assert done.returncode == 0, done.stderr
    loaded, _ = load_corpus(place / "corpus")
    article = loaded.articles["bus"]
    assert [article.text[a:b] for a, b in article.furniture] == ["Follow us on the lake"]
    assert [(article.text[s.start : s.start + 6], str(s.asserted)) for s in article.sections] == [("Update", "2023-03-30"), ("The fr", "2023-03-28")]
    table, _ = load_relations(loaded)
    old = load_relations(load_corpus(OTHER / "corpus")[0])[0]
    assert len(table.supersedes) + len(table.disputes) > len(old.supersedes) + len(old.disputes)


def test_relations_are_added_without_touching_another_byte_of_the_table(place: Path) -> None:
    path = place / "corpus" / "relations.yaml"
    old = path.read_text(encoding="utf-8")
    assert corpus(place, "add", source(place, BUS), *SAID, "--accept", "all").returncode == 0
    new = path.read_text(encoding="utf-8").split("\n")
    kept = iter(new)
    assert all(line in kept for line in old.split("\n"))
    assert any("article: bus," in line for line in new)


def test_a_dry_run_shows_and_writes_nothing(place: Path) -> None:
    name = source(place, BUS)
    before = files(place)
    done = corpus(place, "add", name, *SAID, "--dry-run", "--accept", "1")
    assert done.returncode == 0
    assert b'not_quotable:\n  - "Follow us on the lake"' in done.stdout
    assert files(place) == before


def test_what_is_not_said_is_asked_for_and_never_guessed(place: Path) -> None:
    """Without a terminal, what the file says of itself is named and taken with --yes alone."""
    name = source(place, "---\ntitle: Bus takes longer\npublished: 2023-03-28\ntags: [x]\n---\n" + BUS, "bus.md")
    before = files(place)
    done = corpus(place, "add", name, "--set", "publisher=null")
    assert done.returncode == 2
    assert b"--set title=" in done.stderr
    assert b"its front matter says 2023-03-28" in done.stderr
    assert files(place) == before
    done = corpus(place, "add", name, "--set", "publisher=null", "--yes")
    assert done.returncode == 0
    assert b"published: 2023-03-28  (its front matter)" in done.stdout
    article = load_corpus(place / "corpus")[0].articles["bus"]
    assert (article.title, article.publisher, str(article.published), article.text) == ("Bus takes longer", None, "2023-03-28", BUS)


def test_yes_does_not_invent_what_the_file_does_not_say(place: Path) -> None:
    done = corpus(place, "add", source(place, BUS), "--yes", "--set", "title=x")
    assert done.returncode == 2
    assert b"--set publisher=" in done.stderr
    assert b"--set published=" in done.stderr


def test_an_article_file_keeps_the_furniture_and_the_sections_that_it_has(place: Path) -> None:
    """An article taken out and added again is the same to the program."""
    before = load_corpus(place / "corpus")[0].articles["pellandry-ledger"]
    shutil.move(place / "corpus" / "pellandry-ledger.md", place / "pellandry-ledger.md")
    assert corpus(place, "add", "pellandry-ledger.md", "--yes").returncode == 0
    after = load_corpus(place / "corpus")[0].articles["pellandry-ledger"]
    fields = ("text", "sha256", "title", "publisher", "author", "published", "updated", "url", "language", "furniture", "sections")
    assert [getattr(before, f) for f in fields] == [getattr(after, f) for f in fields]


@pytest.mark.parametrize(
    ("name", "data", "said", "message"),
    [
        ("bus.txt", b"", SAID, "holds no text"),
        ("bus.txt", b"a\n\xff", SAID, "line 2 is not UTF-8"),
        ("bus.txt", b"a\x00b", SAID, "control character"),
        ("bus.pdf", b"a", SAID, "not a kind of file"),
        ("bus.txt", b"a" * 400_001, SAID, "longer than 400,000 characters"),
        ("bus.txt", b"a" * 8_000_001, SAID, "larger than 8,000,000 bytes"),
        ("bus.md", b"---\ntitle: [\n---\nText.", SAID, "front matter cannot be read"),
        ("bus.txt", b"The bus.", ("--set", "published=28.3.2023"), "is not a date"),
        ("bus.txt", b"The bus.", ("--set", "titel=x"), "no field 'titel'"),
        ("bus.txt", b"The bus.", ("--set", "url=example.org"), "not a web address"),
        ("bus.txt", b"The bus.", ("--set", "title"), "write FIELD=VALUE"),
        ("bus.txt", b"The bus.", (*SAID, "--id", "../bus"), "no id of an article"),
        ("bus.txt", b"The bus.", (*SAID, "--id", "pellandry-ledger"), "exists"),
        ("bus.txt", b"The bus.", (*SAID, "--accept", "9"), "9"),
        ("README.txt", b"The bus.", SAID, "give one with --id"),
    ],
)
def test_what_cannot_be_added_is_told_in_a_line_and_nothing_is_written(place: Path, name: str, data: bytes, said: tuple[str, ...], message: str) -> None:
    (place / name).write_bytes(data)
    before = files(place)
    done = corpus(place, "add", name, *said)
    assert done.returncode == 2
    assert message in done.stderr.decode()
    assert files(place) == before


def test_symbolic_links_and_pipes_are_not_read_or_written_through(place: Path) -> None:
    (place / "secret").write_text("Outside.", encoding="utf-8")
    (place / "link.txt").symlink_to(place / "secret")
    os.mkfifo(place / "pipe.txt")
    (place / "corpus" / "bus.md").symlink_to(place / "outside.md")
    name = source(place, BUS)
    for arguments, message in ((["link.txt"], b"symbolic link"), (["pipe.txt"], b"not a regular file"), ([name], b"exists")):
        done = corpus(place, "add", *arguments, *SAID)
        assert done.returncode == 2
        assert message in done.stderr
    assert not (place / "outside.md").exists()
    (place / "corpus" / "bus.md").unlink()
    shutil.move(place / "corpus" / "relations.yaml", place / "relations.yaml")
    (place / "corpus" / "relations.yaml").symlink_to(place / "relations.yaml")
    before = (place / "relations.yaml").read_bytes()
    done = corpus(place, "add", name, *SAID, "--accept", "all")
    assert done.returncode == 3
    assert b"symbolic link" in done.stderr
    assert (place / "relations.yaml").read_bytes() == before
    assert not (place / "corpus" / "bus.md").exists()


def test_a_statement_and_an_article_that_are_there_already_are_named(place: Path) -> None:
    text = text_of(place, "vessimarin-viesti").replace("in April", "in May")
    done = corpus(place, "add", source(place, text), *SAID, "--dry-run")
    assert "in vessimarin-viesti too" in done.stdout.decode()
    assert "A statement that vessimarin-viesti has too" in done.stdout.decode()


def test_without_the_extra_a_saved_page_is_refused_with_its_name(place: Path) -> None:
    (place / "page.html").write_text(PAGE, encoding="utf-8")
    (place / "trafilatura.py").write_text("raise ImportError", encoding="utf-8")
    path = environment()["PYTHONPATH"]
    done = run("corpus", "add", "page.html", "--yes", cwd=place, PYTHONPATH=f"{place}{os.pathsep}{path}")
    assert done.returncode == 2
    assert b"needs the extra `import`" in done.stderr


@needs_extractor
def test_a_saved_page_gives_its_article_and_what_its_tags_say(place: Path) -> None:
    """Tables are left out, which is said; nothing around the article comes in."""
    table = "<table><tr><td>June 1</td><td>closed</td></tr></table></article>"
    (place / "page.html").write_text(PAGE.replace("</article>", table), encoding="utf-8")
    done = corpus(place, "add", "page.html")
    assert done.returncode == 2
    assert b"tables were left out" in done.stderr
    assert b"--set published=" in done.stderr
    assert b"article:published_time says 2023-03-22" in done.stderr
    assert corpus(place, "add", "page.html", "--yes", "--id", "courier").returncode == 0
    article = load_corpus(place / "corpus")[0].articles["courier"]
    assert (article.title, article.publisher, str(article.published), article.url) == (
        "Ferry back",
        "The Courier",
        "2023-03-22",
        "https://example.org/ferry-back",
    )
    assert "The Otterling carries dogs once more, the harbour office said on Tuesday." in article.text
    assert not {"cookies", "closed", "|"} & set(article.text.split())
    assert len(article.sentences) == 5


def terminal(place: Path, *arguments: str, typed: list[str]) -> tuple[int, str]:
    """`bot corpus …` on a terminal, a line typed whenever it asks; exit code and what was shown."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "corpus", *arguments], stdin=follower, stdout=follower, stderr=follower, cwd=place, env=environment()
    )
    os.close(follower)
    shown, lines = b"", list(typed)
    while True:
        if not select.select([leader], [], [], 60)[0]:
            process.kill()
            break
        try:
            got = os.read(leader, 65536)
        except OSError:
            break
        if not got:
            break
        shown += got
        if lines and shown.rstrip(b" ").endswith(b":"):
            os.write(leader, lines.pop(0).encode() + b"\n")
    os.close(leader)
    return process.wait(60), shown.decode().replace("\r\n", "\n")


def test_on_a_terminal_the_fields_and_the_numbers_are_asked_for(place: Path) -> None:
    """A wrong answer is asked again; Enter takes what the file says."""
    name = source(place, "---\npublished: 2023-03-28\n---\n" + BUS, "bus.md")
    typed = ["Bus takes longer", "Lake News", "", "28.3.2023", "", "", "", "", "", "", "99", "1"]
    code, shown = terminal(place, "add", name, typed=typed)
    assert code == 0, shown
    assert "is not a date" in shown
    assert "'99': the numbers are 1 to" in shown
    article = load_corpus(place / "corpus")[0].articles["bus"]
    assert (article.title, article.publisher, article.author, str(article.published)) == ("Bus takes longer", "Lake News", None, "2023-03-28")
    assert [article.text[a:b] for a, b in article.furniture] == ["Follow us on the lake"]


# update


def updated(place: Path, *changes: tuple[str, str]) -> str:
    """A file with the text of vessimarin-viesti after these replacements."""
    text = text_of(place, "vessimarin-viesti")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return source(place, text, "new.txt")


def test_quotes_that_only_moved_need_nothing(place: Path) -> None:
    name = updated(place, ("Second ferry returns", "Corrected on Thursday.\n\nSecond ferry returns"))
    before = files(place)
    done = corpus(place, "update", "vessimarin-viesti", name)
    assert done.returncode == 0, done.stderr
    assert b"18 quotes in the new text as written, 18 of them at another place" in done.stdout
    assert {n for n, data in files(place).items() if before.get(n) != data} == {"corpus/vessimarin-viesti.md"}
    assert load_corpus(place / "corpus")[1] == []


def test_quotes_that_differ_in_whitespace_and_typography_are_put_right_with_yes(place: Path) -> None:
    """In the FAQ and in relations.yaml, every other byte as it was; without --yes nothing is written."""
    name = updated(place, ("There are now five", "There are now\u00a0five"), ("service on Monday, so two", "service on\nMonday, so two"))
    before = files(place)
    done = corpus(place, "update", "vessimarin-viesti", name)
    assert done.returncode == 1
    assert b"--yes puts them right" in done.stderr
    assert files(place) == before
    done = corpus(place, "update", "vessimarin-viesti", name, "--yes")
    assert done.returncode == 0, done.stderr
    assert run("check", cwd=place).returncode == 0
    for file in ("faq.yaml", "corpus/relations.yaml"):
        plain = files(place)[file].decode().replace("now\\_five", "now five").replace("on\\nMonday", "on Monday")
        assert plain.replace("now\u00a0five", "now five") == before[file].decode()


def test_a_quote_in_other_words_is_put_right_only_where_its_number_is_accepted(place: Path) -> None:
    name = updated(place, ("has had no ferry since 3 March", "has been without a ferry since 3 March"))
    before = files(place)
    done = corpus(place, "update", "vessimarin-viesti", name, "--yes")
    assert done.returncode == 1
    assert b"1. faq.yaml:118: iskholm-ferry.evidence[0]: not in the new text" in done.stdout
    assert b"Iskholm has been without a ferry since 3 March." in done.stdout
    assert files(place) == before
    assert corpus(place, "update", "vessimarin-viesti", name, "--accept", "1").returncode == 0
    assert run("check", cwd=place).returncode == 0
    assert b'"Iskholm has been without a ferry since 3 March."' in files(place)["faq.yaml"]


def test_a_quote_that_has_nothing_like_it_keeps_the_old_text(place: Path) -> None:
    name = updated(place, ("The line hopes to restart the island crossing in April. ", ""))
    before = files(place)
    done = corpus(place, "update", "vessimarin-viesti", name, "--accept", "all", "--yes")
    assert done.returncode == 1
    assert b"too different to stand in its place" in done.stdout
    assert files(place) == before


def test_furniture_and_sections_follow_the_text(place: Path) -> None:
    """What is no longer there is left out where accepted; what differs in typography is taken over; a comment beside them stays."""
    path = place / "corpus" / "pellandry-ledger.md"
    path.write_bytes(path.read_bytes().replace(b"sections:\n", b"# as the page has them\nsections:\n"))
    text = text_of(place, "pellandry-ledger").replace("Read next: ten lakeside cafés worth the walk", "").replace("story (March 4,", "story (March\u00a04,")
    done = corpus(place, "update", "pellandry-ledger", source(place, text, "new.txt"), "--yes", "--accept", "1")
    assert done.returncode == 0, done.stderr
    article = load_corpus(place / "corpus")[0].articles["pellandry-ledger"]
    assert [article.text[a:b] for a, b in article.furniture] == ["Osk Venderlin, staff reporter"]
    assert [str(s.asserted) for s in article.sections] == ["2023-03-09", "2023-03-04"]
    assert b"# as the page has them\n" in path.read_bytes()


def test_a_text_changed_in_its_place_is_found_by_check_and_taken_over(place: Path) -> None:
    path = place / "corpus" / "vessimarin-viesti.md"
    path.write_bytes(path.read_bytes().replace(b"Iskholm has had no ferry", b"Iskholm has had  no ferry"))
    assert run("check", cwd=place).returncode == 3
    assert corpus(place, "update", "vessimarin-viesti", "--yes", "--set", "updated=2023-03-22").returncode == 0
    assert run("check", cwd=place).returncode == 0
    assert str(load_corpus(place / "corpus")[0].articles["vessimarin-viesti"].updated) == "2023-03-22"


def test_the_same_text_again_changes_nothing(place: Path) -> None:
    name = updated(place)
    before = files(place)
    done = corpus(place, "update", "vessimarin-viesti", name)
    assert (done.returncode, b"nothing has changed" in done.stdout) == (0, True)
    assert files(place) == before


def test_an_article_that_is_not_there_is_told_with_those_that_are(place: Path) -> None:
    for command in ("update", "remove"):
        done = corpus(place, command, "../corpus/vessimarin-viesti")
        assert done.returncode == 2
        assert b"articles: lake-riders-bulletin, ostrellin-courier" in done.stderr


def test_a_process_killed_at_any_moment_leaves_whole_files_and_the_update_can_be_run_again(place: Path) -> None:
    """Each file is the old or the new one; the same command, without FILE where the article was written already, ends the work."""
    name = updated(place, ("There are now five", "There are now\u00a0five"), ("has had no ferry", "has been without a ferry"))
    options = (name, "--yes", "--accept", "all")
    before = files(place)
    shutil.copytree(place, place.parent / "whole")
    assert corpus(place.parent / "whole", "update", "vessimarin-viesti", *options).returncode == 0
    after = files(place.parent / "whole")
    states = set()
    for delay in (0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.8):
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "corpus", "update", "vessimarin-viesti", *options],
            cwd=place,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = {n: data for n, data in files(place).items() if not n.endswith(".tmp")}
        assert all(data in (before[n], after[n]) for n, data in found.items())
        states.add(found == after)
        for n, data in before.items():
            (place / n).write_bytes(data)
    assert False in states
    (place / "corpus" / "vessimarin-viesti.md").write_bytes(after["corpus/vessimarin-viesti.md"])
    assert corpus(place, "update", "vessimarin-viesti", "--yes", "--accept", "all").returncode == 0
    assert {n: data for n, data in files(place).items() if not n.endswith(".tmp")} == after


def test_of_two_writers_one_is_told(place: Path) -> None:
    name = source(place, BUS)
    before = files(place)
    descriptor = os.open(place / "corpus", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    done = corpus(place, "add", name, *SAID)
    os.close(descriptor)
    assert done.returncode == 1
    assert b"another process is writing there" in done.stderr
    assert files(place) == before


# remove


def test_a_quoted_article_is_not_removed_and_each_place_is_listed(place: Path) -> None:
    before = files(place)
    done = corpus(place, "remove", "lake-riders-bulletin", "--yes")
    assert done.returncode == 1
    message = done.stderr.decode()
    lines = (place / "faq.yaml").read_text(encoding="utf-8").split("\n")
    told = [int(line.split(":")[1]) for line in message.splitlines() if line.startswith("faq.yaml:")]
    assert told == [n for n, line in enumerate(lines, 1) if "article: lake-riders-bulletin" in line]
    assert "corpus/relations.yaml:14: qualifies[5].claim" in message
    assert files(place) == before


def test_an_article_that_nobody_quotes_is_removed(place: Path) -> None:
    write_article(place / "corpus", "spare", "Nobody quotes this.")
    done = corpus(place, "remove", "spare")
    assert done.returncode == 2
    assert (place / "corpus" / "spare.md").exists()
    done = corpus(place, "remove", "spare", "--yes")
    assert done.returncode == 0
    assert b"quoted nowhere in corpus/relations.yaml and faq.yaml" in done.stdout
    assert not (place / "corpus" / "spare.md").exists()
    assert run("check", cwd=place).returncode == 0
