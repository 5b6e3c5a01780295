"""`bot faq` and `bot check --fix` as people and scripts run them."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import write_article
from upper import environment, run

FAQ = """# ours
- id: bridge
  question: Is the bridge closed?
  aliases: {en: [bridge status]}  # two
  evidence: [{article: bridge, quote: "The bridge is closed."}]

# bread
- id: bread
  question: Where is bread sold?
  evidence: [{article: bakery, quote: "The bakery sells rye bread."}]
  not: [is the mill open]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_article(tmp_path / "corpus", "bakery", "The bakery sells rye bread. It opens at six.")
    write_article(tmp_path / "corpus", "bridge", "The bridge is closed. The ferry runs.")
    (tmp_path / "faq.yaml").write_text(FAQ, encoding="utf-8")
    return tmp_path


def done(folder: Path, *arguments: str, code: int = 0, stdin: bytes = b"") -> str:
    """Standard output and error of `bot ARGUMENTS` in that folder, which ended with `code` and no traceback."""
    process = run(*arguments, cwd=folder, stdin=stdin)
    told = (process.stdout + process.stderr).decode()
    assert process.returncode == code, told
    assert "Traceback" not in told
    return told


def test_a_maintainers_round_through_every_command(folder: Path) -> None:
    """An entry is added, phrased, edited and removed, each change taken back byte for byte; the added entry answers."""
    path = folder / "faq.yaml"
    old = path.read_bytes()
    done(folder, "faq", "add", "When does the bakery open?", "--quote", "bakery", "2", "answer", "--alias", "es:¿a qué hora abre?", "--alias", "bakery hours")
    assert path.read_bytes().startswith(old)
    assert "It opens at six." in done(folder, "ask", "bakery hours")
    done(folder, "faq", "undo")
    assert path.read_bytes() == old
    for arguments, stdin in (
        (["alias", "bridge", "can I cross the river"], b""),
        (["alias", "bridge", "--lang", "es", "estado del puente"], b""),
        (["alias", "bread", "--not", "is bread healthy"], b""),
        (["alias", "bridge", "--remove", "Bridge status!"], b""),
        (["edit", "bread", "--from", "-"], b"- id: bread\n  question: Who bakes?\n  nearest: []\n"),
        (["remove", "bread"], b""),
    ):
        assert "+" in done(folder, "faq", *arguments, "--dry-run", stdin=stdin) or arguments[0] == "remove"
        assert path.read_bytes() == old
        done(folder, "faq", *arguments, stdin=stdin)
        new = path.read_bytes()
        assert new != old
        assert new.startswith(b"# ours\n")
        assert b"\n\n# bread\n" in new
        done(folder, "check")
        done(folder, "faq", "undo")
        assert path.read_bytes() == old


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["alias", "bridge", "where is bread sold"], 1, "is also a phrasing of 'bridge'"),
        (["alias", "bread", "is the mill open"], 1, "stands in its `not`"),
        (["alias", "bridge", "Bridge status?"], 2, "has these phrasings already"),
        (["alias", "brigde", "x"], 2, "the nearest ids: bridge"),
        (["alias", "bridge", "--remove", "no such"], 2, "has no phrasing 'no such'"),
        (["add", "Is it deep?"], 2, "without a terminal give the quotes"),
        (["add", "Is it deep?", "--quote", "bakery", "9", "answer"], 2, "has no sentence 9"),
        (["add", "Is it deep?", "--quote", "bakery", "1", "prose"], 2, "no role 'prose'"),
        (["add", "Is it deep?", "--id", "bread", "--unknown"], 2, "there is an entry 'bread'"),
        (["edit", "bread"], 2, "without a terminal"),
        (["undo"], 1, "no change to undo"),
    ],
)
def test_what_cannot_be_written_is_told_and_the_file_stays(folder: Path, arguments: list[str], code: int, message: str) -> None:
    assert message in done(folder, "faq", *arguments, code=code)
    assert (folder / "faq.yaml").read_text(encoding="utf-8") == FAQ
    assert sorted(p.name for p in folder.iterdir()) == ["corpus", "faq.yaml"]


def test_a_broken_promise_is_written_with_force_alone(folder: Path) -> None:
    done(folder, "faq", "alias", "bread", "is the mill open", code=1)
    assert "breaks" in done(folder, "faq", "alias", "bread", "is the mill open", "--force")
    assert "is the mill open]" in (folder / "faq.yaml").read_text(encoding="utf-8")


def test_a_typed_text_that_would_break_the_file_is_refused_with_line_and_mend(folder: Path) -> None:
    text = b'- id: bread\n  question: Who bakes?\n  evidence: [{article: bakery, quote: "The bakery sells rice bread."}]\n'
    told = done(folder, "faq", "edit", "bread", "--from", "-", stdin=text, code=1)
    assert "faq.yaml:10:" in told
    assert "nearest text in bakery" in told
    assert (folder / "faq.yaml").read_text(encoding="utf-8") == FAQ


def test_check_underlines_a_wrong_quote_and_fix_takes_the_articles_text(folder: Path) -> None:
    path = folder / "faq.yaml"
    wrong = FAQ.replace("The bridge is closed.", "The bridge was closed.")
    path.write_text(wrong, encoding="utf-8")
    lines = done(folder, "check", code=3).splitlines()
    at = next(n for n, line in enumerate(lines) if '"The bridge was closed."' in line)
    marked = lines[at + 1]
    assert lines[at][marked.index("^") : marked.rindex("^") + 1] == '"The bridge was closed."'
    done(folder, "check", "--fix")
    assert path.read_text(encoding="utf-8") == FAQ
    done(folder, "faq", "undo")
    assert path.read_text(encoding="utf-8") == wrong


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ("- id: bridge\n", "- id: bread\n", "bread"),
        ('  evidence: [{article: bakery, quote: "The bakery sells rye bread."}]\n', "", "bread"),
        ('[{article: bakery, quote: "The bakery sells rye bread."}]', "[]", "[]"),
        ("  not: [is the mill open]\n", "  related: [bridge, mill]\n", "mill"),
        (', quote: "The bakery sells rye bread."', "", "{article: bakery}"),
    ],
)
def test_check_underlines_what_is_wrong_and_no_more(folder: Path, old: str, new: str, marked: str) -> None:
    (folder / "faq.yaml").write_text(FAQ.replace(old, new), encoding="utf-8")
    lines = done(folder, "check", code=3).splitlines()
    at = next(n for n, line in enumerate(lines) if line.strip("^ ") == "" and "^" in line)
    assert lines[at - 1][lines[at].index("^") : lines[at].rindex("^") + 1] == marked


def test_fix_leaves_a_quote_that_is_like_no_text(folder: Path) -> None:
    wrong = FAQ.replace("The bridge is closed.", "Ships pass every other Tuesday.")
    (folder / "faq.yaml").write_text(wrong, encoding="utf-8")
    done(folder, "check", "--fix", code=3)
    assert (folder / "faq.yaml").read_text(encoding="utf-8") == wrong


def test_add_asks_for_quotes_roles_and_phrasings_at_a_terminal(folder: Path) -> None:
    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "faq", "add", "When does the bakery open?"],
        stdin=side,
        stdout=side,
        stderr=side,
        cwd=folder,
        env=environment(),
        close_fds=True,
    )
    os.close(side)
    for prompt, typed in ((b"Quotes", b"1\n"), (b"Role of", b"\n"), (b"Phrasing:", b"opening hours\n"), (b"Phrasing:", b"\n"), (b"Write it?", b"y\n")):
        told = b""
        while prompt not in told or not told.endswith(b": "):
            assert select.select([main], [], [], 60)[0], told
            told += os.read(main, 4096)
        os.write(main, typed)
    assert process.wait(60) == 0
    os.close(main)
    new = (folder / "faq.yaml").read_text(encoding="utf-8")
    assert new.startswith(FAQ)
    assert "opening hours" in new[len(FAQ) :]
    assert "role: answer" in new[len(FAQ) :]


def test_edit_opens_the_editor_on_the_entry_alone(folder: Path) -> None:
    editor = folder / "editor"
    editor.write_text('#!/bin/sh\ncp "$1" seen\nsed -i \'s/rye bread/rye/;s/Where is/Where today is/;s/rye\\./rye bread./\' "$1"\n', encoding="utf-8")
    editor.chmod(0o755)
    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "faq", "edit", "bread"], stdin=side, stdout=side, stderr=side, cwd=folder, env=environment(EDITOR=str(editor))
    )
    os.close(side)
    assert process.wait(60) == 0
    os.close(main)
    entry = FAQ[FAQ.index("- id: bread") :]
    assert (folder / "seen").read_text(encoding="utf-8") == entry
    assert (folder / "faq.yaml").read_text(encoding="utf-8") == FAQ.replace("Where is", "Where today is")


def test_a_faq_and_a_corpus_of_ones_own_begin_from_nothing(tmp_path: Path) -> None:
    """In an empty folder each message says what is missing and how to go on; after one article and one entry the bot answers with it."""
    assert "to begin one here: mkdir corpus" in done(tmp_path, "ask", "When does it open?", code=3)
    (tmp_path / "corpus").mkdir()
    for command in (["ask", "When does it open?"], ["search", "open"], ["sources"], ["check"], ["faq", "add", "When does it open?", "--unknown"]):
        assert "corpus: no article in it\n    add one with bot corpus add FILE" in done(tmp_path, *command, code=3)
    (tmp_path / "bakery.txt").write_text("The bakery sells rye bread. It opens at six.\n", encoding="utf-8")
    done(tmp_path, "corpus", "add", "bakery.txt", "--set", "title=Bread", "--set", "publisher=null", "--set", "published=2024-05-02")
    adding = ["faq", "add", "When does the bakery open?", "--alias", "opening hours", "--quote", "bakery", "2", "answer"]
    done(tmp_path, *adding, "--dry-run")
    assert not (tmp_path / "faq.yaml").exists()
    done(tmp_path, *adding)
    assert (tmp_path / "faq.yaml").read_text(encoding="utf-8").startswith("- id: when-does-the-bakery-open\n")
    assert "It opens at six." in done(tmp_path, "ask", "opening hours")
    done(tmp_path, "faq", "undo")
    assert (tmp_path / "faq.yaml").read_bytes() == b""


def test_a_faq_that_is_named_begins_with_its_first_entry(folder: Path) -> None:
    """Where a FAQ is ruled out, or stands elsewhere, none is begun."""
    done(folder, "--faq", "other.yaml", "faq", "add", "Is it open?", "--quote", "bakery", "2", "answer")
    assert (folder / "other.yaml").read_text(encoding="utf-8").startswith("- id: is-it-open\n")
    (folder / "faq.yaml").unlink()
    for options in (["--faq", "none"], ["--corpus", "corpus"]):
        assert "no FAQ is in use" in done(folder, *options, "faq", "add", "Is it open?", "--unknown", code=2)
    assert not (folder / "faq.yaml").exists()
