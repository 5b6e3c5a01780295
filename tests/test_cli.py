"""The program as people and scripts run it: exit codes, streams, messages."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import OTHER, ROOT, write_article
from upper import FERRY_LINE, assistant, environment, ferry, gold, objects, run, schema_faults

QUESTION = "Is there a ferry to Iskholm?"
COMMANDS = ["ask", "chat", "search", "sources", "show", "check", "eval", "verify", "discord", "faq", "index", "corpus", "doctor", "store"]
ANSI = b"\x1b["


def told(done: subprocess.CompletedProcess[bytes], code: int, *parts: str) -> None:
    """The process ended with this code and one message that has these parts; nothing on standard output, no traceback."""
    message = done.stderr.decode()
    assert "Traceback" not in message
    assert done.returncode == code, message
    assert done.stdout == b""
    for part in parts:
        assert part in message


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a sound corpus of two articles and a FAQ of two entries."""
    write_article(tmp_path / "corpus", "bakery", "The bakery sells rye bread. It opens at six.")
    write_article(tmp_path / "corpus", "bridge", "The bridge is closed. The ferry runs.")
    (tmp_path / "faq.yaml").write_text(
        """- id: bridge
  question: Is the bridge closed?
  aliases: {en: [bridge status]}
  evidence: [{article: bridge, quote: "The bridge is closed."}]
- id: bread
  question: Where is bread sold?
  evidence: [{article: bakery, quote: "The bakery sells rye bread."}]
""",
        encoding="utf-8",
    )
    return tmp_path


# Exit codes


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["ask", QUESTION], 0),
        (["ask", "Is there a ferry to Germany?"], 1),
        (["ask", "zzyzx", "qwrtp"], 1),
        (["ask", ""], 1),
        (["ask", "x" * 2001], 1),
        (["ask", "--json", "zzyzx"], 1),
        (["ask", "--json", QUESTION], 0),
        (["search", "rudder"], 0),
        (["search", "zzyzx"], 0),
        (["sources"], 0),
        (["check"], 0),
        (["--version"], 0),
    ],
)
def test_the_exit_code_says_how_it_went(arguments: list[str], code: int) -> None:
    done = ferry(*arguments)
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False)
    assert done.stdout or arguments == ["search", "zzyzx"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["asks", "x"],
        ["ask", "--colour", "x"],
        ["ask", "--until", "yesterday", "x"],
        ["ask", "--until", "2023-02-30", "x"],
        ["ask", "--until", "20230303", "x"],
        ["search"],
        ["search", "-k", "-1", "x"],
        ["search", "-k", "many", "x"],
        ["ask", "--from-jsonl", "nowhere.jsonl"],
        ["ask", "--from-jsonl", "-", "and", "words"],
        ["verify", "nowhere.json"],
        ["eval", "nowhere.jsonl"],
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(arguments: list[str]) -> None:
    done = ferry(*arguments)
    told(done, 2)
    assert done.stderr


# One question


def test_several_words_are_one_question() -> None:
    joined, several = ferry("ask", "--json", "is there a ferry to Iskholm"), ferry("ask", "--json", "is", "there", "a", "ferry", "to", "Iskholm")
    assert joined.stdout == several.stdout
    assert next(objects(joined.stdout))["question"] == "is there a ferry to Iskholm"


def test_the_answer_object_is_that_of_the_library() -> None:
    (record,) = objects(ferry("ask", "--json", QUESTION).stdout)
    assert record == assistant("other").ask(QUESTION).as_json
    assert schema_faults(record) == []


def test_each_line_of_standard_input_is_a_question_and_stands_above_its_answer() -> None:
    """As with --json, an empty line is an empty question and the exit code is 0."""
    other = "Is there a ferry to Germany?"
    done = ferry("ask", "-", stdin=f"{QUESTION}\n\n{other}".encode())
    pages = [f"? {question}\n\n{ferry('ask', question).stdout.decode()}" for question in (QUESTION, "", other)]
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, "\n".join(pages), b"")


def test_until_and_lang_are_taken() -> None:
    (record,) = objects(ferry("ask", "--json", "--until", "2023-03-09", "--lang", "es", "Are the ferries running again?").stdout)
    assert (record["language"], record["made_with"]["until"], record["as_of"]) == ("es", "2023-03-09", "2023-03-09")


def test_verbose_explains_on_standard_error_alone() -> None:
    done = ferry("ask", "-v", QUESTION)
    assert done.stdout == ferry("ask", QUESTION).stdout
    assert b"decision   answered by iskholm-ferry" in done.stderr


@pytest.mark.parametrize("words", [[], ["hi"], ["help"]])
def test_who_does_not_ask_is_told_what_can_be_asked(words: list[str]) -> None:
    done = ferry("ask", *words)
    text = done.stdout.decode()
    assert done.returncode == 1
    assert text.count('  bot ask "') >= 3, text
    for line in re.findall(r'bot ask "(.*)"', text):
        assert assistant("other").ask(line).status == "answered"


# Output for pipes and terminals


def test_a_piped_quote_is_one_line_letter_by_letter_without_colour() -> None:
    answer = assistant("other").ask("Why did the ferries stop?")
    output = ferry("ask", "Why did the ferries stop?", COLUMNS="20", TERM="xterm-256color", FORCE_COLOR="1").stdout
    assert ANSI not in output
    lines = output.decode().split("\n")
    for quote in answer.quotes:
        assert f"› {quote.span.text}" in lines


def test_output_is_utf_8_whatever_the_locale() -> None:
    done = ferry("ask", "¿hay ferri a Iskholm?", LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert done.returncode == 0
    assert "›" in done.stdout.decode("utf-8")


def on_a_terminal(columns: int, **more: str) -> bytes:
    """What `bot ask` writes to a terminal."""
    leader, follower = pty.openpty()
    variables = environment(**{"COLUMNS": str(columns), "TERM": "xterm-256color", **more})
    process = subprocess.Popen([sys.executable, "-m", "bot", *FERRY_LINE, "ask", QUESTION], stdout=follower, cwd=ROOT, env=variables)
    os.close(follower)
    output, end = b"", time.monotonic() + 60
    while time.monotonic() < end and select.select([leader], [], [], 30)[0]:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # Linux: the other end is closed
            break
        if not piece:
            break
        output += piece
    os.close(leader)
    assert process.wait(30) == 0
    return output


def test_a_terminal_gets_colour_and_lines_that_fit() -> None:
    output = on_a_terminal(50)
    assert ANSI in output
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output.decode()).replace("\r\n", "\n")
    assert max(map(len, plain.split("\n"))) <= 50
    assert plain.split() == ferry("ask", QUESTION).stdout.decode().split()


@pytest.mark.parametrize("more", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_who_wants_no_colour_gets_none(more: dict[str, str]) -> None:
    output = on_a_terminal(80, **more)
    assert ANSI not in output
    assert output.split() == ferry("ask", QUESTION).stdout.split()


# Streams


def test_a_stream_is_answered_line_by_line_in_order() -> None:
    """An empty line is an empty question, \\r and U+2028 split no line, invalid bytes become U+FFFD, and the exit code is 0."""
    lines = [
        b"Is there a ferry to Iskholm?",
        b"",
        b"ticket\r refund\x0b\x0c",
        "is it\u2028safe\u0085?".encode(),
        b"is \xff\xfe it \xc3 safe",
        b"zzyzx",
        b"   ",
        b"hi",
    ]
    done = ferry("ask", "--json", "-", stdin=b"\n".join(lines) + b"\n")
    assert (done.returncode, done.stderr) == (0, b"")
    records = list(objects(done.stdout))
    assert len(records) == len(lines)
    assert [bool(schema_faults(record)) for record in records] == [False] * len(lines)
    assert [record["reason"] for record in records][1] == "empty"
    assert [record["reason"] for record in records][6] == "empty"
    assert records[0]["status"] == "answered"
    assert records[4]["question"] == "is \ufffd\ufffd it \ufffd safe"
    assert next(record["question"] for record in records[5:]) == "zzyzx"
    assert records[2]["question"].startswith("ticket")
    assert "refund" in records[2]["question"]


def test_the_last_line_of_a_stream_needs_no_newline() -> None:
    assert len(list(objects(ferry("ask", "--json", "-", stdin=b"hi\nhello").stdout))) == 2
    assert list(objects(ferry("ask", "--json", "-", stdin=b"").stdout)) == []


def test_a_stream_is_answered_like_single_questions() -> None:
    questions = [record["question"] for record in gold("other")[:2]]
    stream = ferry("ask", "--json", "-", stdin="".join(f"{q}\n" for q in questions).encode()).stdout
    assert stream == b"".join(ferry("ask", "--json", q).stdout for q in questions)


@pytest.mark.parametrize("place", ["-", "file"])
def test_jsonl_records_carry_language_and_date(tmp_path: Path, place: str) -> None:
    records = [
        {"question": "Are the ferries running again?", "until": "2023-03-04"},
        {"question": "ferry", "lang": "es"},
        {"question": ""},
        {"question": "Are the ferries running again?", "until": None, "lang": None, "id": "ignored"},
    ]
    text = "".join(json.dumps(record) + "\n" for record in records).encode()
    (tmp_path / "questions.jsonl").write_bytes(text)
    done = ferry("ask", "--json", "--from-jsonl", "-" if place == "-" else str(tmp_path / "questions.jsonl"), stdin=text if place == "-" else b"")
    assert (done.returncode, done.stderr) == (0, b"")
    made = list(objects(done.stdout))
    assert [record["made_with"]["until"] for record in made] == ["2023-03-04", None, None, None]
    assert [record["language"] for record in made] == ["en", "es", "und", "en"]
    assert [made[0]["as_of"], made[2]["as_of"], made[3]["as_of"]] == ["2023-03-03", None, "2023-03-21"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"not json", "not JSON"),
        (b"[1]", "not an object"),
        (b'{"question": 3}', '"question" must be text'),
        (b'{"question": "x", "lang": 3}', '"lang" must be text'),
        (b'{"question": "x", "until": "soon"}', '"until" must be a date'),
        (b'{"question": "x", "until": "2023-02-30"}', '"until" must be a date'),
        (b"[" * 100_000, "not JSON"),
    ],
)
def test_a_broken_jsonl_line_is_told_with_its_number(tmp_path: Path, line: bytes, reason: str) -> None:
    """The lines before it are answered; the exit code is 2."""
    path = tmp_path / "questions.jsonl"
    path.write_bytes(b'{"question": "hi"}\n' + line + b'\n{"question": "hi"}\n')
    done = ferry("ask", "--json", "--from-jsonl", str(path))
    assert done.returncode == 2
    assert f"{path}:2: {reason}" in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert len(list(objects(done.stdout))) == 1


@pytest.mark.parametrize(
    "record", ['{"question": "\\ud800 is it safe"}', '{"question": "is it safe", "lang": "\\ud800"}', '{"question": "is it safe", "lang": ""}']
)
def test_no_jsonl_record_brings_a_traceback(record: str) -> None:
    done = ferry("ask", "--json", "--from-jsonl", "-", stdin=record.encode())
    assert b"Traceback" not in done.stderr
    assert done.returncode in (0, 2)
    assert len(list(objects(done.stdout))) == (1 if done.returncode == 0 else 0)


@pytest.mark.parametrize("arguments", [["ask", "--json", "-"], ["search", "--json", "-"], ["search", "-k", "100", "-"]])
def test_a_reader_that_leaves_early_brings_no_traceback(arguments: list[str]) -> None:
    command = shlex.join([sys.executable, "-m", "bot", *FERRY_LINE, *arguments])
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -n 1 >/dev/null; exit ${{PIPESTATUS[0]}}"],
        input=b"rudder bearing ferry\n" * 300,
        capture_output=True,
        cwd=ROOT,
        env=environment(),
    )
    assert (done.stderr, done.returncode) == (b"", 0)


@pytest.mark.parametrize("arguments", [["ask", QUESTION], ["ask", "--json", QUESTION], ["search", "rudder"]])
def test_a_closed_pipe_brings_no_traceback(arguments: list[str]) -> None:
    """The reader is gone before the first letter is written."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "bot", *FERRY_LINE, *arguments], stdout=writing, stderr=subprocess.PIPE, cwd=ROOT, env=environment(), check=False
    )
    os.close(writing)
    assert done.stderr == b""


# Search


def test_search_prints_the_ranking_alone() -> None:
    (record,) = objects(ferry("search", "--json", "-k", "3", "rudder", "bearing").stdout)
    assert sorted(record) == ["hits", "question"]
    assert record["question"] == "rudder bearing"
    assert len(record["hits"]) == 3
    articles = assistant("other").corpus.articles
    for hit in record["hits"]:
        assert sorted(hit) == ["article", "end", "score", "start", "terms", "text"]
        assert hit["text"] == articles[hit["article"]].text[hit["start"] : hit["end"]]
        assert hit["terms"]
    assert [hit["score"] for hit in record["hits"]] == sorted((hit["score"] for hit in record["hits"]), reverse=True)


@pytest.mark.parametrize(("k", "most"), [("10000", 200), ("0", 0), ("1", 1)])
def test_more_hits_than_passages_cannot_be_had(k: str, most: int) -> None:
    (record,) = objects(ferry("search", "--json", "-k", k, "ferry").stdout)
    assert len(record["hits"]) <= most
    assert bool(record["hits"]) == (k != "0")


def test_a_search_stream_has_one_object_a_line() -> None:
    records = list(objects(ferry("search", "--json", "-k", "2", "-", stdin=b"rudder\n\nzzyzx\nis \xff\n").stdout))
    assert [record["question"] for record in records] == ["rudder", "", "zzyzx", "is \ufffd"]
    assert [len(record["hits"]) for record in records] == [2, 0, 0, 0]


# Broken and missing files


def test_no_corpus_at_all_is_told_with_what_to_do(tmp_path: Path) -> None:
    told(run("ask", "x", cwd=tmp_path), 3, "no such folder", "--corpus FOLDER", "BOT_CORPUS")


@pytest.mark.parametrize("command", [["ask", "x"], ["search", "x"], ["sources"], ["verify"], ["show", "x"], ["chat"], ["eval", str(OTHER / "gold.jsonl")]])
def test_a_missing_corpus_is_told_with_what_to_do(tmp_path: Path, command: list[str]) -> None:
    told(run("--corpus", str(tmp_path / "nowhere"), *command), 3, f"{tmp_path / 'nowhere'}: no such folder", "--corpus", "BOT_CORPUS")


def test_the_environment_names_the_files(files: Path) -> None:
    done = run("ask", "is", "the", "bridge", "closed", cwd=ROOT, BOT_CORPUS=str(files / "corpus"), BOT_FAQ=str(files / "faq.yaml"))
    assert "› The bridge is closed." in done.stdout.decode()
    told(run("ask", "x", BOT_CORPUS=str(files / "nowhere")), 3, "no such folder")


def test_the_files_of_the_current_folder_are_used(files: Path) -> None:
    done = run("ask", "is the bridge closed", cwd=files)
    assert done.returncode == 0
    assert "› The bridge is closed." in done.stdout.decode()


def test_a_corpus_alone_means_no_faq(files: Path) -> None:
    assert "faq     none" in run("--corpus", str(files / "corpus"), "sources", cwd=files).stdout.decode()


BROKEN = {
    "no front matter": ("corpus/bad.md", b"Just text.", "corpus/bad.md:1: no front matter", "begin the file with a line `---`"),
    "front matter that is not closed": ("corpus/bad.md", b"---\ntitle: x\n", "corpus/bad.md:1: the front matter is not closed", "a line `---`"),
    "YAML that is none": ("corpus/bad.md", b"---\ntitle: [x\n---\ntext", "corpus/bad.md:3:", "not valid YAML"),
    "a missing field": ("corpus/bad.md", b"---\ntitle: x\npublished: null\n---\ntext", "corpus/bad.md:2:1: `publisher` is missing", "add `publisher: "),
    "an unknown field": (
        "corpus/bad.md",
        b"---\ntitle: x\npublisher: y\npublished: null\nauhtor: z\n---\ntext",
        "corpus/bad.md:5:1: unknown key `auhtor`",
        "known keys",
    ),
    "a wrong hash": (
        "corpus/bad.md",
        b"---\ntitle: x\npublisher: y\npublished: null\nsha256: " + b"0" * 64 + b"\n---\ntext",
        "corpus/bad.md:5:9: sha256: the text is not the one that this hash was made of",
        "write `sha256: 982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1`",
    ),
    "bytes that are no text": ("corpus/bad.md", b"---\ntitle: x\n\xff\xfe\n---\n", "corpus/bad.md:3: not UTF-8", "save the file as UTF-8"),
    "a FAQ of bytes": ("faq.yaml", b"- id: x\n\x80\x81", "faq.yaml:2: not UTF-8", "save the file as UTF-8"),
    "a FAQ that is a mapping": ("faq.yaml", b"id: x", "faq.yaml:1:1: entries: must be a list", "put `- ` before each item"),
    "a FAQ with control characters": ("faq.yaml", b"- id: x\n  question: a\x00b", "faq.yaml:2: a character that YAML does not allow (U+0000)", "delete it"),
    "two entries of one id": (
        "faq.yaml",
        b"- {id: a, question: One?, nearest: []}\n- {id: a, question: Two?, nearest: []}\n",
        "faq.yaml:2:8: a: a second entry with the id 'a' (the first is on line 1)",
        "rename one of them",
    ),
    "a quote that is not there": (
        "faq.yaml",
        b'- id: a\n  question: One?\n  evidence:\n    - {article: bridge, quote: "The bridge was closed."}\n',
        "faq.yaml:4:32: a.evidence[0].quote: not found in 'bridge'",
        "The bridge is closed.",
    ),
    "relations that point nowhere": (
        "corpus/relations.yaml",
        b'qualifies:\n  - {claim: {article: bridge, quote: "x y z"}, by: {article: bridge, quote: "The ferry runs."}}\n',
        "relations.yaml:2:38: qualifies[0].claim.quote: not found in 'bridge'",
        "nearest text in bridge",
    ),
    "words of an unknown kind": ("corpus/words.yaml", b"en:\n  synonym: []\n", "words.yaml:2:3: en: unknown key `synonym`", "known keys"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_file_is_told_with_file_line_and_mend(files: Path, what: str) -> None:
    name, content, place, mend = BROKEN[what]
    (files / name).write_bytes(content)
    told(run("ask", "is the bridge closed", cwd=files), 3, place, mend)


def test_all_broken_files_are_told_at_once(files: Path) -> None:
    for name in ("one.md", "two.md"):
        (files / "corpus" / name).write_bytes(b"no front matter")
    told(run("ask", "x", cwd=files), 3, "one.md:1:", "two.md:1:")


def test_a_faq_that_cannot_be_read_is_told(files: Path) -> None:
    told(run("--corpus", str(files / "corpus"), "--faq", str(files), "ask", "x"), 3, "cannot be read: Is a directory", "--faq none")
    told(run("--corpus", str(files / "corpus"), "--faq", str(files / "no.yaml"), "ask", "x"), 3, "cannot be read: No such file", "--faq none")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission_is_told(files: Path) -> None:
    (files / "corpus" / "bridge.md").chmod(0)
    told(run("ask", "x", cwd=files), 3, "bridge.md: cannot be read: Permission denied", "make it readable")


def test_check_exits_with_3_for_errors_and_prints_them_on_standard_output(files: Path) -> None:
    (files / "corpus" / "bad.md").write_bytes(b"no front matter")
    done = run("check", cwd=files)
    assert (done.returncode, done.stderr.decode()) == (3, "1 error, 0 warnings\n")
    assert "bad.md:1: no front matter\n    begin the file" in done.stdout.decode()


def test_check_exits_with_0_for_warnings(files: Path) -> None:
    (files / "corpus" / "open.md").write_bytes(b"---\ntitle: x\npublisher: y\npublished: null\n---\nA text.")
    done = run("check", cwd=files)
    assert done.returncode == 0
    assert "warning: sha256: absent" in done.stdout.decode()
    assert done.stderr.decode().startswith("0 errors, 1 warning")


def test_an_unwritable_cache_costs_time_and_nothing_else(files: Path) -> None:
    (files / "a-file").write_text("x")
    assert run("ask", "is the bridge closed", cwd=files, BOT_CACHE=str(files / "a-file" / "cache")).returncode == 0
    assert run("ask", "is the bridge closed", cwd=files, BOT_CACHE="none").returncode == 0


# Verify


def test_an_answer_of_before_is_told_quote_by_quote_against_articles_that_have_changed(tmp_path: Path) -> None:
    """Where the hash, the FAQ's quotes and a relation are no longer right, only the articles are needed; that they are broken is told after, exit 3."""
    shutil.copytree(OTHER, tmp_path / "data")
    ask = run("ask", "--json", QUESTION, cwd=tmp_path / "data")
    record = next(objects(ask.stdout))
    (tmp_path / "answer.json").write_bytes(ask.stdout)
    first = record["quotes"][0]
    path = tmp_path / "data" / "corpus" / f"{first['article']}.md"
    old = path.read_bytes().decode()

    def verified(text: str) -> tuple[str, str]:
        path.write_bytes(text.encode())
        done = run("verify", "../answer.json", "--replay", cwd=tmp_path / "data")
        assert done.returncode == 3
        return done.stdout.decode(), done.stderr.decode()

    head, line, body = old.partition("\n---\n")
    for text, outcome in (
        (head + line + "New first words. " + body, "moved"),
        (head + line + body.replace(first["text"], first["text"].replace(" ", "  ", 1)), "differs"),
        (old + "More words.\n", "exact"),
    ):
        told, problem = verified(text)
        assert f"quotes[0]: {outcome}" in told or (outcome == "exact" and told.startswith("1: exact: "))
        assert "the text is not the one that this hash was made of" in problem
    path.write_bytes(b"no article")
    assert "not found" in run("verify", "../answer.json", cwd=tmp_path / "data").stdout.decode()


def test_what_ask_writes_verify_finds_exact(tmp_path: Path) -> None:
    """From a file and from standard input, one answer or many."""
    one = ferry("ask", "--json", QUESTION).stdout
    (tmp_path / "answer.json").write_bytes(one)
    done = ferry("verify", str(tmp_path / "answer.json"))
    receipt = next(objects(one))["receipt"]
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, f"1: exact: 3 quotes, receipt {receipt}\n", b"")
    many = ferry("ask", "--json", "-", stdin="".join(f"{r['question']}\n" for r in gold("other")).encode()).stdout
    done = ferry("verify", stdin=many)
    assert (
        done.returncode,
        len(re.findall(rb"(?m)^\d+: exact: \d+ quotes?(?:, \d+ relayed statements?)?, receipt [0-9a-f]{16}$", done.stdout)),
        done.stdout.count(b"\n"),
    ) == (0, 60, 60)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"text": "Iskholm has had a ferry since 3 March."}, "recorded  Iskholm has had «a»"),
        ({"text": "Bananas are yellow."}, "quotes[0]: not found: vessimarin-viesti["),
        ({"start": 0}, "quotes[0]: moved: vessimarin-viesti[0:"),
        ({"end": 10**6}, "quotes[0]: moved: vessimarin-viesti["),
        ({"article": "other"}, "no article 'other' in the corpus\n      vessimarin-viesti["),
        ({}, "receipt: recorded '0123456789abcdef', recomputed '"),
    ],
)
def test_verify_says_what_was_changed(change: dict[str, object], reason: str) -> None:
    record = next(objects(ferry("ask", "--json", QUESTION).stdout))
    record["quotes"][0].update(change)
    if not change:
        record["receipt"] = "0123456789abcdef"
    done = ferry("verify", stdin=json.dumps(record).encode())
    assert done.returncode == 1
    assert reason in done.stdout.decode()


def test_verify_against_another_corpus_is_not_exact(files: Path) -> None:
    done = run("verify", cwd=files, stdin=ferry("ask", "--json", QUESTION).stdout)
    assert done.returncode == 1
    assert "  quotes[0]: not found: vessimarin-viesti[" in done.stdout.decode()
    assert "no article 'vessimarin-viesti' in the corpus" in done.stdout.decode()


@pytest.mark.parametrize(("text", "code"), [(b"{}", 1), (b"nonsense", 2), (b"[]", 2), (b"\xff\xfe", 2), (b"", 2)])
def test_verify_takes_answer_objects_alone(text: bytes, code: int) -> None:
    done = ferry("verify", stdin=text)
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False)


def test_verify_takes_an_object_on_many_lines_and_several_after_each_other() -> None:
    """Each is told with the line where it begins."""
    record = next(objects(ferry("ask", "--json", QUESTION).stdout))
    pretty = json.dumps(record, indent=2)
    done = ferry("verify", stdin=f"{pretty}\n\n{json.dumps(record)}\n".encode())
    begins = [1, len(pretty.split("\n")) + 2]
    assert (done.returncode, done.stdout.decode()) == (0, "".join(f"{n}: exact: 3 quotes, receipt {record['receipt']}\n" for n in begins))


def test_verify_tells_the_line_where_json_breaks() -> None:
    told_before = ferry("verify", stdin=b'{"schema": "answer/1",\n  "question": x}\n')
    told(told_before, 2, "-:2: not JSON: Expecting value (column 15)")


@pytest.mark.parametrize("options", [[], ["--until", "2023-03-09"], ["--lang", "es"]])
def test_replay_finds_the_same_answer_with_the_recorded_date_and_language(options: list[str]) -> None:
    recorded = ferry("ask", "--json", *options, "Are the ferries running again?").stdout
    done = ferry("verify", "--replay", stdin=recorded)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().endswith("\n1: replay: the same answer\n")


def test_a_replay_that_another_faq_explains_is_no_fault_and_any_other_difference_is_one(tmp_path: Path) -> None:
    recorded = ferry("ask", "--json", QUESTION).stdout
    text = (OTHER / "faq.yaml").read_text(encoding="utf-8")
    (tmp_path / "faq.yaml").write_text(text.replace("iskholm-ferry", "iskholm-boat"), encoding="utf-8")
    done = run("--corpus", str(OTHER / "corpus"), "--faq", str(tmp_path / "faq.yaml"), "verify", "--replay", stdin=recorded)
    output = done.stdout.decode()
    assert done.returncode == 0, output
    assert "faq: 'iskholm-ferry' then, 'iskholm-boat' now\n" in output
    assert "explained by what it was made with:\n      made_with.faq_sha256: '" in output
    record = next(objects(recorded))
    done = ferry("verify", "--replay", stdin=json.dumps({**record, "confidence": 0.123}).encode())
    assert done.returncode == 1
    assert "      confidence: 0.123 then, 0." in done.stdout.decode()
    assert "a fault: it was made with the same corpus, FAQ and program" in done.stdout.decode()


def test_verify_tells_a_lone_surrogate_without_a_traceback() -> None:
    record = next(objects(ferry("ask", "--json", QUESTION).stdout))
    done = ferry("verify", stdin=json.dumps({**record, "question": "\ud800"}).encode())
    assert (done.returncode, b"Traceback" in done.stderr) == (1, False)


# Eval


def test_eval_exits_with_1_where_a_total_fell_and_with_0_where_none_did(tmp_path: Path) -> None:
    """The run that is compared is kept under the same name without harm."""
    lines = (OTHER / "gold.jsonl").read_text(encoding="utf-8").split("\n")
    few, kept = tmp_path / "gold.jsonl", tmp_path / "run.json"
    few.write_text("\n".join(lines[20:30]), encoding="utf-8")
    assert ferry("eval", str(few), "--save", str(kept)).returncode == 0
    assert ferry("eval", str(few), "--against", str(kept)).returncode == 0
    run_before = json.loads(kept.read_text(encoding="utf-8"))
    for question in run_before["questions"]:
        question["points"] += 1
    kept.write_text(json.dumps(run_before), encoding="utf-8")
    done = ferry("eval", str(few), "--against", str(kept), "--save", str(kept))
    assert done.returncode == 1
    assert re.search(r"^REGRESSION ALL: 1\.\d\d\d → ", done.stdout.decode(), re.MULTILINE)
    assert ferry("eval", str(few), "--against", str(kept)).returncode == 0


def test_eval_draws_a_picture_and_shows_no_progress_where_no_terminal_is(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"question": "zzyzx qwrtp", "answerable": false}\n')
    done = ferry("eval", str(path), "--picture", str(tmp_path / "out.svg"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "out.svg").read_text(encoding="utf-8").startswith("<svg ")


@pytest.mark.parametrize("option", ["--save", "--picture"])
def test_eval_says_which_file_cannot_be_written(tmp_path: Path, option: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"question": "zzyzx qwrtp", "answerable": false}\n')
    done = ferry("eval", str(path), option, str(tmp_path / "missing" / "out"))
    assert (done.returncode, done.stderr.decode()) == (2, f"{tmp_path}/missing/out: cannot be written: No such file or directory\n")


def test_eval_lists_misses_where_it_is_asked_to(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"id": "q", "question": "zzyzx qwrtp", "answerable": true, "gold": [{"doc": "ostrellin-courier", "quote": "Nobody was hurt."}]}\n')
    assert b"0.0 q: 'zzyzx qwrtp': abstained (off_topic)" in ferry("eval", str(path), "--misses").stdout
    assert b"zzyzx" not in ferry("eval", str(path)).stdout


# Show


def test_show_prints_an_article_letter_by_letter_with_its_sentences_numbered() -> None:
    article = assistant("other").corpus.articles["pellandry-ledger"]
    lines = ferry("show", article.id, COLUMNS="20", FORCE_COLOR="1").stdout.decode().split("\n")
    assert lines[0] == article.title
    for number, sentence in enumerate(article.sentences, 1):
        first = sentence.text.split("\n")[0]
        assert [line[9:] for line in lines if line[2:7].strip() == str(number)] == [first]


def test_show_tells_a_place_in_its_paragraph() -> None:
    (hit,) = [h for record in objects(ferry("search", "--json", "-k", "1", "rudder bearing").stdout) for h in record["hits"]]
    done = ferry("show", hit["article"], f"{hit['start']}:{hit['end']}")
    assert (done.returncode, done.stderr) == (0, b"")
    assert f"{hit['article']}[{hit['start']}:{hit['end']}], sentence" in done.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pellandry"], "no article 'pellandry'; articles: pellandry-ledger, "),
        ([], "which article?; articles: "),
        (["pellandry-ledger", "0"], "pellandry-ledger has no sentence 0: its sentences are 1 to "),
        (["pellandry-ledger", "9:9"], "pellandry-ledger has no place 9:9: its text is 0:"),
        (["pellandry-ledger", "second"], "'second' is no place; write the number of a sentence, such as 3, or START:END"),
    ],
)
def test_show_tells_what_there_is_where_it_is_asked_for_something_else(arguments: list[str], message: str) -> None:
    done = ferry("show", *arguments)
    told(done, 2, message)
    assert done.stderr.count(b"\n") == 1


# The rest


def test_sources_lists_every_article_with_its_dates() -> None:
    text = ferry("sources").stdout.decode()
    for article in assistant("other").corpus.articles.values():
        assert article.id in text
        assert str(article.publisher) in text
        assert str(article.url) in text
    assert f"corpus  {OTHER / 'corpus'}  (" in text, "a path in full is not told twice"
    assert "republishes an unknown outlet" in text
    assert "translated from fi" in text


def test_sources_tells_where_a_path_of_the_current_folder_leads(files: Path) -> None:
    assert f"corpus  corpus = {files.resolve() / 'corpus'}  (2 articles" in run("sources", cwd=files).stdout.decode()


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_of_every_command_exits_with_0(command: list[str]) -> None:
    done = run(*command, "--help")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Usage: " in done.stdout


def test_a_question_loads_nothing_that_other_commands_need() -> None:
    """`bot ask` begins without the packages of the store, of Discord, of clusters and of bars, which take longer to load than a question to answer."""
    program = "import sys; from bot.cli import main; main(standalone_mode=False); print(*sys.modules)"
    arguments = ["--corpus", str(OTHER / "corpus"), "--faq", str(OTHER / "faq.yaml"), "ask", QUESTION]
    done = subprocess.run([sys.executable, "-c", program, *arguments], env=environment(), cwd=ROOT, capture_output=True, check=True, text=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "bot.assistant" in loaded
    assert not loaded & {"sqlalchemy", "discord", "aiohttp", "asyncio", "opensearchpy", "ssl", "numba", "bm25s", "rich", "numpy.ma", "prometheus_client"}


def test_the_commands_are_those_that_help_names() -> None:
    names = re.findall(r"^  (\w+) ", run("--help").stdout.decode().split("Commands:")[1].split("In the environment:")[0], re.MULTILINE)
    assert sorted(names) == sorted(COMMANDS)


@pytest.mark.skipif(not (ROOT / "README.md").exists(), reason="there is no README.md yet")
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme(command: str) -> None:
    assert re.search(rf"\bbot (?:\S+ )*{command}\b", (ROOT / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("arguments", [["ask", QUESTION], ["check"]])
def test_discord_is_not_imported_where_nobody_runs_it(arguments: list[str]) -> None:
    done = run(*FERRY_LINE, *arguments, python=["-X", "importtime"])
    imported = {line.rsplit("|", 1)[1].strip() for line in done.stderr.decode().split("\n") if line.startswith("import time:")}
    assert "click" in imported
    assert not {name for name in imported if name.split(".")[0] in ("discord", "aiohttp") or name.startswith("bot.discord")}


def test_discord_without_a_token_is_told_in_one_line() -> None:
    done = ferry("discord")
    told(done, 2, "DISCORD_TOKEN")
    assert done.stderr.count(b"\n") == 1
