"""Changes of faq.yaml: what was written loads, every other byte stays, an undo restores the file."""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, make_article
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from upper import assistant, environment

from bot import faq_edit, faq_write
from bot.corpus import Corpus, Span
from bot.errors import FaqError, Refused, UsageError
from bot.faq import Entry, Evidence, Role, parse_faq, phrasing_key
from bot.faq_change import change, proposed, proposed_id
from bot.faq_edit import Document
from bot.matching import LEAST, Matcher, shifts
from bot.relations import Qualifies, Relations, Supersedes
from bot.text import acting
from bot.yaml_nodes import parse, scalar

ARTICLE = make_article("The bridge is closed. The ferry runs. Bread is sold at six. It said: “rye: 5 #1”.", "bridge")
CORPUS = Corpus({"bridge": ARTICLE}, "0", Path("corpus"))
PATH = Path("faq.yaml")
HEAD = "# The FAQ.\n# second line\n\n"
ENTRIES = [
    '- id: bridge  # the first\n  question: Is the bridge closed?\n  aliases:\n    en: [bridge status, "can I cross, now?"]  # more?\n    es:\n'
    '      - ¿está cerrado?  # sí\n      - el puente\n  evidence:\n    - {article: bridge, quote: "The bridge is closed."}\n',
    '- id: ferry\n  question: "Does the ferry run?"\n  evidence: [{article: bridge, quote: The ferry runs., role: answer}]\n  not:\n    - is the bridge open\n  related: [bridge]\n',
    "- {id: bread, question: When is bread sold?, nearest: [], aliases: {en: [bread pls]}}\n",
    "- id: block\n  question: |\n    What is rye?\n  nearest:\n    - article: bridge\n      quote: Bread is sold at six.\n",
]
FILES = st.builds(
    lambda order, gaps, head, tail, crlf, bom: ("\ufeff" * bom + (head + "".join(ENTRIES[n] + gap for n, gap in zip(order, gaps, strict=False)) + tail).replace("\n", "\r\n" if crlf else "\n")).encode(),
    st.permutations([0, 1, 2, 3]),
    st.lists(st.sampled_from(["", "\n", "\n# between\n\n", "  # odd place\n"]), min_size=4, max_size=4),
    st.sampled_from(["", HEAD, "---\n"]),
    st.sampled_from(["", "# end", "\n\n# end\n"]),
    st.booleans(),
    st.booleans(),
)  # fmt: skip
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40).filter(lambda t: bool(phrasing_key(t)) and not acting(t))
IDS = ("bridge", "ferry", "bread", "block")


def document(data: bytes) -> Document:
    return faq_edit.read(PATH, data)


def lines_of(data: bytes, name: str) -> tuple[bytes, bytes]:
    """The bytes before and after the lines of an entry."""
    one = document(data)
    begin, end = faq_edit.extent(one, name)
    mark = b"\xef\xbb\xbf" if data.startswith(b"\xef\xbb\xbf") else b""
    return mark + one.text[:begin].encode(), one.text[end:].encode()


def entries(data: bytes) -> dict[str, Entry]:
    return {e.id: replace(e, line=0) for e in parse_faq(PATH, data, CORPUS)[0]}


@given(FILES, st.sampled_from(IDS), st.lists(TEXTS, min_size=1, max_size=3), st.sampled_from(["en", "es", "fr", None]))
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_added_phrasings_are_there_and_all_bytes_outside_the_entry_are_as_before(data: bytes, name: str, texts: list[str], language: str | None) -> None:
    """And taking them out again leaves the other phrasings, whatever the file looks like and whatever the texts hold."""
    before = entries(data)
    try:
        after = faq_edit.with_phrasings(document(data), name, texts, language)
        faq_edit.checked(document(data), after, CORPUS, name)
    except (Refused, UsageError) as error:
        told = str(error)
        assume("also a phrasing" not in told and "has these phrasings already" not in told)
        raise
    start, end = lines_of(data, name)
    assert after.startswith(start)
    assert after.endswith(end)
    now = entries(after)
    assert {n: e for n, e in now.items() if n != name} == {n: e for n, e in before.items() if n != name}
    old, new = before[name], now[name]
    held = new.excluded if language is None else new.aliases[language]
    had = old.excluded if language is None else old.aliases.get(language, ())
    assert held[: len(had)] == had
    assert set(held[len(had) :]) <= set(texts)
    assert len(held) > len(had)
    for text in held[len(had) :]:
        if sum(phrasing_key(t) == phrasing_key(text) for t in [old.question, *(a for _, a in new.phrasings), *new.excluded]) == 1:
            after = faq_edit.without_phrasing(document(after), name, text)
            assert text not in [t for _, t in entries(after)[name].phrasings]


@given(FILES, st.sampled_from(IDS))
@settings(max_examples=150)
def test_a_removed_entry_is_gone_and_all_else_is_as_before(data: bytes, name: str) -> None:
    after = faq_edit.removed(document(data), name)
    start, end = lines_of(data, name)
    assert after.startswith(start)
    assert (end.removeprefix(b"\r\n" if b"\r\n" in data else b"\n").removeprefix(b"\r\n" if b"\r\n" in data else b"\n")).endswith(after[len(start) :]) or after[
        len(start) :
    ] in end
    assert len(end) - len(after[len(start) :]) <= 4
    if name != "bridge":
        assert entries(after) == {n: e for n, e in entries(data).items() if n != name}


@given(FILES, TEXTS, st.lists(TEXTS, max_size=3, unique_by=phrasing_key), st.sampled_from([Role.ANSWER, None]))
@settings(max_examples=300)
def test_a_new_entry_comes_after_all_that_is_there_and_is_read_as_it_was_meant(data: bytes, question: str, aliases: list[str], role: Role | None) -> None:
    span = Span(ARTICLE, 53, len(ARTICLE.text))
    entry = Entry("new", question, {"fr": tuple(aliases)} if aliases else {}, (Evidence(span, role),) if role else (), () if role else (span,), role is None)
    after = faq_edit.added(document(data), entry)
    assert after.startswith(data)
    claimed = {phrasing_key(t) for e in entries(data).values() for _, t in e.phrasings}
    assume(not claimed & {phrasing_key(t) for t in (question, *aliases)})
    assert entries(after)["new"] == entry


@given(FILES, st.sampled_from(IDS), TEXTS)
@settings(max_examples=150)
def test_an_edited_entry_is_the_text_that_was_typed_and_nothing_else_changes(data: bytes, name: str, text: str) -> None:
    typed = f"- id: {name}\n  question: {scalar(text)}\n  nearest: []\n"
    after = faq_edit.replaced(document(data), name, typed)
    start, end = lines_of(data, name)
    assert after.startswith(start)
    assert after.endswith(end)
    same = faq_edit.replaced(document(data), name, faq_edit.entry_text(document(data), name))
    assert same == data


@given(TEXTS)
@settings(max_examples=300)
def test_any_text_is_written_so_that_it_is_read_as_it_is(text: str) -> None:
    """By this program and by PyYAML's own loader, which a script would take."""
    assert yaml.safe_load(f"[{scalar(text)}]") == [text]
    for form in (f"- {scalar(text)}\n", f"[a, {scalar(text)}]\n"):
        root, problems = parse(form, "x")
        assert (problems, root is not None and isinstance(root.value, list) and root.value[-1].value) == ([], text)


@pytest.mark.parametrize("data", [b"", b"# only a comment\n", b"[]\n", b"# c\n\n[]  # none\n"])
def test_an_entry_can_be_added_to_an_empty_file(data: bytes) -> None:
    entry = Entry("new", "Why?", {}, (), (), True)
    assert list(entries(faq_edit.added(document(data), entry))) == ["new"]


@pytest.mark.parametrize("data", [b"[{id: a, question: b, nearest: []}]\n", b"a: b\n", b"- id: ]\n", b"\xff"])
def test_a_file_that_is_no_list_in_lines_of_its_own_is_told_with_its_place(data: bytes) -> None:
    with pytest.raises(FaqError, match=r"faq\.yaml:1"):
        document(data)


# What a change moves and breaks


def test_what_is_learnt_around_a_change_moves_the_questions_that_all_of_it_moves() -> None:
    """On the fictional FAQ: the entry of each phrasing after a change is the one of a matcher that learnt all phrasings anew."""
    faq = assistant("other").faq
    after = tuple(
        replace(e, aliases={**e.aliases, "en": (*e.aliases["en"], "is the ferry dangerous to my refund")}) if e.id == "refund" else e for e in faq.entries
    )
    matcher = Matcher(replace(faq, entries=after, sha256="x"))
    text = "is the ferry dangerous to my refund"
    found = shifts(faq.entries, after, [("en", "a refund that is dangerous, to my ferry?")])
    assert {s.text: s.after for s in found}[text] == "refund"
    for shift in found:
        best = max(matcher.rank(shift.text, shift.language), key=lambda m: m.score)
        assert best.entry.id == shift.after
        assert best.score > LEAST / 2


def test_a_change_of_evidence_alone_moves_nothing() -> None:
    faq = assistant("other").faq
    assert shifts(faq.entries, tuple(replace(e, related=()) for e in faq.entries), [("en", "ferry status")]) == []


def test_a_phrasing_that_stands_in_not_breaks_a_promise() -> None:
    data = (HEAD + "".join(ENTRIES)).encode()
    done = change(document(data), faq_edit.with_phrasings(document(data), "ferry", ["Is the bridge open?"], "en"), CORPUS, "ferry")
    assert any("stands in its `not`" in line for line in done.broken)


def test_a_choice_that_loses_its_phrasing_breaks_a_promise() -> None:
    asks = "  asks_back: {prompt: {en: Which?}, choices: [{label: {en: Now}, ask: bridge status}]}\n"
    data = (ENTRIES[0] + ENTRIES[1] + asks).encode()
    done = change(document(data), faq_edit.without_phrasing(document(data), "bridge", "Bridge status!"), CORPUS, "bridge")
    assert done.broken == ("'ferry' offers the choice 'bridge status', which would be no phrasing of any entry",)


def test_an_entry_that_another_names_as_related_cannot_be_removed() -> None:
    data = "".join(ENTRIES).encode()
    with pytest.raises(Refused, match=r"ferry\.related.*no entry 'bridge'"):
        change(document(data), faq_edit.removed(document(data), "bridge"), CORPUS, "bridge")


def test_roles_are_proposed_from_the_relations() -> None:
    one, two, three = ARTICLE.sentences[:3]
    relations = Relations(qualifies=(Qualifies(one, two),), supersedes=(Supersedes(one, three),), disputes=(((one,), (three,)),))
    assert [e.role for e in proposed([one, two, three], relations)] == ["answer", "caveat", "earlier"]
    assert [e.role for e in proposed([one, three], replace(relations, supersedes=()))] == ["answer", "other_side"]
    assert [e.role for e in proposed([two, three], Relations())] == ["answer", "context"]


@given(TEXTS)
def test_a_proposed_id_is_valid_and_free(question: str) -> None:
    one = proposed_id(question, [])
    other = proposed_id(question, [one])
    assert one != other
    for name in (one, other):
        assert entries(faq_edit.added(document(b""), Entry(name, question, {}, (), (), True)))


# Writing


def test_an_undo_restores_the_file_and_once_more_takes_that_back(tmp_path: Path) -> None:
    path = tmp_path / "faq.yaml"
    path.write_bytes(b"one\r\n")
    with pytest.raises(Refused, match="no change to undo"):
        faq_write.undo(path)
    faq_write.write(path, b"one\r\n", b"two", "add x")
    assert faq_write.undo(path) == "add x"
    assert path.read_bytes() == b"one\r\n"
    assert faq_write.undo(path) == "undo of add x"
    assert path.read_bytes() == b"two"
    path.write_bytes(b"by hand")
    with pytest.raises(Refused, match="not as the last change here left it"):
        faq_write.undo(path)
    assert path.read_bytes() == b"by hand"


def test_of_two_writers_one_wins_and_the_other_is_told(tmp_path: Path) -> None:
    path = tmp_path / "faq.yaml"
    path.write_bytes(b"one")
    faq_write.write(path, b"one", b"two", "add x")
    with pytest.raises(Refused, match="changed by another meanwhile"):
        faq_write.write(path, b"one", b"three", "add y")
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    with pytest.raises(Refused, match="being written by another process"):
        faq_write.write(path, b"two", b"three", "add y")
    os.close(folder)
    assert path.read_bytes() == b"two"


def test_writers_that_start_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    """Six processes append a line each as often as they are not told otherwise: every line that was written is in the file."""
    path = tmp_path / "faq.yaml"
    path.write_bytes(b"")
    child = (
        "import sys\nfrom pathlib import Path\nfrom bot import faq_write\nfrom bot.errors import Refused\np = Path(sys.argv[1])\nwon = 0\n"
        "for n in range(30):\n    before = p.read_bytes()\n    try:\n        faq_write.write(p, before, before + f'{sys.argv[2]} {n}\\n'.encode(), 'x')\n"
        "        won += 1\n    except Refused:\n        pass\nprint(won)\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", child, str(path), str(n)], stdout=subprocess.PIPE, env=environment()) for n in range(6)]
    won = sum(int(process.communicate()[0]) for process in running)
    assert len(set(path.read_text().splitlines())) == won == len(path.read_text().splitlines()) > 0


def test_a_killed_writer_leaves_the_old_or_the_new_file_whole(tmp_path: Path) -> None:
    """SIGKILL at random points of changes and undos, many times: the file is one of the two states, and the next change works."""
    path = tmp_path / "faq.yaml"
    states = (b"old\n" * 20000, b"new\n" * 30000)
    path.write_bytes(states[0])
    child = (
        "import sys\nfrom pathlib import Path\nfrom bot import faq_write\np = Path(sys.argv[1])\nold, new = b'old\\n' * 20000, b'new\\n' * 30000\n"
        "print('ready', flush=True)\nwhile True:\n    now = p.read_bytes()\n    faq_write.write(p, now, new if now == old else old, 'x')\n    faq_write.undo(p)\n"
    )
    dice = random.Random(5)
    for _ in range(int(os.environ.get("BOT_TEST_KILLS", "40"))):
        with subprocess.Popen([sys.executable, "-c", child, str(path)], stdout=subprocess.PIPE, env=environment()) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(dice.random() * 0.03)
            os.kill(process.pid, signal.SIGKILL)
        assert path.read_bytes() in states
    now = path.read_bytes()
    faq_write.write(path, now, b"after", "x")
    faq_write.undo(path)
    assert path.read_bytes() == now


def test_a_folder_that_cannot_be_found_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        faq_write.write(tmp_path / "none" / "faq.yaml", b"", b"x", "x")


def test_an_edit_of_the_faq_that_ships_changes_one_place() -> None:
    """All bytes before and after the line that grows are the same."""
    data = (ROOT / "faq.yaml").read_bytes()
    after = faq_edit.with_phrasings(document(data), "what-happened", ["how did all of this come about over there"], "en")
    same = next(n for n, (a, b) in enumerate(zip(data, after, strict=False)) if a != b)
    rest = len(data) - same
    assert hashlib.sha256(after[-rest:]).digest() == hashlib.sha256(data[-rest:]).digest()
    assert b"how did all of this come about over there" in after[same : len(after) - rest + 2]
