"""What people who mean harm send, by the threats of SECURITY.md: in questions, articles, names of files, records, pages and databases."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import ROOT, make_article, write_article
from hypothesis import given
from hypothesis import strategies as st
from upper import environment, ferry, run, small

from bot import preview
from bot.answer import Quote
from bot.chat import Chat
from bot.check import check
from bot.config import Settings
from bot.corpus import Span, address_fault, load_corpus
from bot.custom_id import Pressed, pressed
from bot.discord_message import escaped, shortened, size, source
from bot.discord_pages import change
from bot.errors import BrokenFiles, CorpusError, Problem, UsageError, harmless
from bot.faq import Role, parse_faq
from bot.question import shown
from bot.render import plain, rows
from bot.saved_page import decoded, fields
from bot.store import Shown, Store, Suggestion
from bot.verify import verify
from bot.yaml_nodes import LONGEST, MOST_PROBLEMS, parse

ESCAPES = ["\x1b[2J", "\x1b]0;owned\x07", "\x1b]8;;https://evil.example\x1b\\", "\x9b31m", "\x08\x08", "\u202egpj.exe", "a\rb"]
ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff]")
"""What would do something to a terminal."""


def problems(folder: Path) -> list[str]:
    """What keeps a corpus from loading."""
    with pytest.raises(CorpusError) as raised:
        load_corpus(folder)
    return [str(problem) for problem in raised.value.problems]


# Whoever asks


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\t"])
def test_a_question_is_one_line_whatever_line_breaks_it_has(mark: str) -> None:
    assert shown(f"is it{mark}locked?") == "is it locked?"


@pytest.mark.parametrize("text", ["discord.gg/evil", "https://discord.com/invite/evil", "discordapp.com/invite/evil", "</ask:1>"])
def test_no_invitation_to_another_server_is_alive_in_a_message(text: str) -> None:
    """Not even one without a scheme: no slash stands in it without a backslash."""
    assert not re.search(r"(?<!\\)/", escaped(text))


def test_a_number_of_thousands_of_digits_is_no_number_of_a_list(tmp_path: Path) -> None:
    """Python refuses to read one; the chat says what can be chosen."""
    talk = Chat(small(tmp_path, "[]", a="The bakery sells bread."))
    assert "no answer lists any" in plain(talk.rows("9" * 6000))


def test_a_form_is_filled_with_no_more_than_discord_takes() -> None:
    """Counted in UTF-16 units, of which an emoji has two; no character is cut in two."""
    assert size(shortened("\U0001f600" * 2000, 2000)) == 2000
    assert shortened("a\U0001f600", 2) == "a"
    assert shortened("plain", 100) == "plain"


@pytest.mark.parametrize("ticks", range(1, 12))
def test_a_suggested_question_cannot_leave_the_code_block_of_a_change(ticks: int) -> None:
    """Whatever back quotes it has, in the middle or at the end."""
    for text in (f"+- question: {'`' * ticks}@everyone\n", f"+- question: x{'`' * ticks}", f"{'`' * ticks}\n\u202ex"):
        block = change(text, "review_approved", "en")[-1]
        content = block.content  # type: ignore[union-attr]
        assert content.startswith("```diff\n")
        assert content.endswith("\n```")
        assert "```" not in content[3:-3]
        assert "\u202e" not in content


@pytest.mark.parametrize(
    ("custom_id", "found"),
    [
        ("answer:context", Pressed("answer", None, "context")),
        ("ask:entry", Pressed("ask:entry")),
        ("ask:reword", Pressed("ask:reword")),
        ("ask:reword:1234567890123456789", Pressed("ask:reword", 1234567890123456789)),
        ("suggest:12", Pressed("suggest", 12)),
        ("review:12:approve", Pressed("review", 12, "approve")),
        ("settings:language", Pressed("settings", None, "language")),
        ("faq:0", Pressed("faq", 0)),
    ],
)
def test_a_custom_id_of_this_program_says_what_was_pressed(custom_id: str, found: Pressed) -> None:
    assert pressed(custom_id) == found


@pytest.mark.parametrize(
    "custom_id",
    ["", "answer", "answer:", "answer:a:b", "faq:-1", "faq: 1", "faq:1_0", "faq:١", "faq:01", "faq:1\n", "suggest:9223372036854775808", "suggest:0", "review:1", "review::approve",
     "review:1:approve:x", "review:99999999999999999999:approve", "settings:../x", "answer:" + "a" * 100, None, 5, ["faq:0"]],
)  # fmt: skip
def test_any_other_custom_id_is_none(custom_id: object) -> None:
    """Numbers are written in one way, and fit into the store."""
    assert pressed(custom_id) is None


@given(st.text(max_size=120) | st.from_regex(r"(?:answer|ask|suggest|review|faq|settings):[0-9a-z:]*", fullmatch=True))
def test_a_custom_id_is_read_as_it_is_written_or_not_at_all(text: str) -> None:
    found = pressed(text)
    if found:
        assert ":".join(str(part) for part in (found.kind, found.number, found.what) if part not in (None, "")) == text


# Whoever writes an article, or changes a file of the corpus or the FAQ


@pytest.mark.parametrize("text", ESCAPES)
def test_nothing_in_an_article_can_do_anything_to_a_terminal(tmp_path: Path, text: str) -> None:
    """The article is refused, with the line, before a sentence of it is shown."""
    write_article(tmp_path, "a", f"Fine.\n\nIt {text} sails.")
    (line,) = problems(tmp_path)
    assert re.search(r"a\.md:10: a character in the text that does something where it is shown \(U\+[0-9A-F]{4}\)", line)
    assert not ACTING.search(line)


@pytest.mark.parametrize("field", ["title", "publisher", "author", "republishes", "language"])
@pytest.mark.parametrize("text", [*ESCAPES, "Reuters\n[1] AFP, 1 May 2024", "Reu\u200bters", "Reu\u00adters", "\u2028", "\u3164"])
def test_no_field_of_an_article_can_pose_as_another_line_or_hide_a_letter(tmp_path: Path, field: str, text: str) -> None:
    """A name that looks like another's, or like a citation on a line of its own, is refused."""
    write_article(tmp_path, "a", "It sails.", **{field: f"x{text}y"})
    assert any(f"{field}: a character that" in line or "a character that YAML does not allow" in line for line in problems(tmp_path))


@pytest.mark.parametrize("title", ["می‌خواهید", "👩\u200d🔬 at work", "“Curly” – dash…", "한국어", "no\u00a0break"])
def test_what_titles_need_is_taken(tmp_path: Path, title: str) -> None:
    """Joiners inside Persian words and emoji, no-break spaces, typography."""
    write_article(tmp_path, "a", "It sails.", title=title)
    assert load_corpus(tmp_path)[0].articles["a"].title == title


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "https://", "https:///path", "https://good.example@evil.example/", "https://u:p@evil.example/", "https://good.example\\@evil.example",
     "https://good.example/a b", "https://good.example/\n[2]", "https://good.example/\u202e", "https://good.example/\">x", "https://good.example:0/", "https://good.example:x/", "https://[::1",
     "HTTPS://good.example/", "//good.example/", "ftp://good.example/", "https://good.example/<a>", "https://good.example/\u3000x"],
)  # fmt: skip
def test_an_address_that_does_not_lead_where_it_seems_to_is_refused(tmp_path: Path, url: str) -> None:
    assert address_fault(url)
    write_article(tmp_path, "a", "It sails.", url=url)
    assert any(": url: " in line for line in problems(tmp_path))


@pytest.mark.parametrize(
    "url", ["https://example.org", "http://example.org:8080/a_(b)?c=d&e#f", "https://пример.рф/статья", "https://example.org/@user/1", "https://[::1]/a"]
)
def test_an_address_of_a_page_is_taken(url: str) -> None:
    assert address_fault(url) is None


@pytest.mark.parametrize("publisher", ["XDA](https://evil.example)", "[XDA](https://evil.example)", "@everyone", "<@1>", "**XDA**", "XDA, 1 May 2024"])
def test_a_publisher_cannot_leave_its_link(publisher: str) -> None:
    """In Discord: the name is the text of one link to the article's own address, whatever it is."""
    span = Span(make_article("It sails.", publisher=publisher, url="https://example.org/a"), 0, 9)
    text = source(Quote(1, span, Role.ANSWER), "en")
    plainly = re.sub(r"\\[^0-9A-Za-z\s]", "\ue000", text)
    assert re.findall(r"\[[^\[\]]*\]\(([^()]*)\)", plainly) == ["https://example.org/a#:~:text=It%20sails."]
    assert not re.search(r"@everyone|<@|\*\*", plainly)


def test_every_line_of_a_quote_is_marked_as_one(tmp_path: Path) -> None:
    """A line of an article that looks like a citation stands behind the mark of a quote, where no citation stands."""
    helper = small(tmp_path, "[]", a="The ferry sails again\n[2] Reuters, 1 May 2024\nsaid nobody at all about the ferry")
    answer = helper.ask("does the ferry sail again?")
    lines = [line for line in plain(rows(answer)).split("\n") if "Reuters" in line]
    assert all(line.startswith("› ") for line in lines)


def test_outlets_that_can_be_taken_for_each_other_are_told(tmp_path: Path) -> None:
    """Names that differ in look-alike letters, case or spaces alone, and one name with pages of two sites."""
    write_article(tmp_path, "a", "It sails.", publisher="Android Authority", url="https://androidauthority.com/1")
    write_article(tmp_path, "b", "It sails no more.", publisher="Аndrоid Аuthоrity", url="https://androidauthority.com/2")
    write_article(tmp_path, "c", "Nobody knows.", publisher="XDA", url="https://www.xda-developers.com/1")
    write_article(tmp_path, "d", "Nobody asks.", publisher="XDA", url="https://xda.evil.example/1")
    told = [str(p) for p in check(Settings(tmp_path, None, None)).problems]
    assert any("b.md" in line and "looks like 'Android Authority'" in line for line in told)
    assert any("d.md" in line and "xda.evil.example" in line and "www.xda-developers.com" in line for line in told)


def test_one_outlet_of_one_site_is_no_matter(tmp_path: Path) -> None:
    for n in range(3):
        write_article(tmp_path, f"a{n}", f"Ferry {n} sails.", publisher="XDA", url=f"https://{'www.' if n else ''}xda-developers.com/{n}")
    assert check(Settings(tmp_path, None, None)).problems == ()


@pytest.mark.parametrize("name", [b"\x1b[31m.md", b"a\nb.md", "\u202egp.md".encode(), b"caf\xe9.md", b"\xff.txt"])
def test_a_files_name_is_never_written_as_it_is_where_it_could_do_harm(tmp_path: Path, name: bytes) -> None:
    """Nor does one that is not UTF-8 end in a traceback."""
    folder = tmp_path / "corpus"
    write_article(folder, "a", "It sails.")
    Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"---\ntitle: t\npublisher: p\npublished: null\n---\nx")
    done = run("--corpus", str(folder), "ask", "does it sail?")
    assert done.returncode == 3
    assert b"a character that cannot be shown" in done.stderr
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", done.stderr)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["secret.md", "words.yaml", "relations.yaml"])
def test_no_file_outside_the_corpus_is_read_through_a_link(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "corpus"
    write_article(folder, "a", "It sails.")
    (tmp_path / "secret").write_text("---\ntitle: Secret\npublisher: p\npublished: null\n---\nThe password is swordfish.")
    (folder / name).symlink_to(tmp_path / "secret")
    (line,) = problems(folder)
    assert "a symbolic link that leads out of the corpus" in line
    assert "swordfish" not in line


def test_a_link_inside_the_corpus_is_followed(tmp_path: Path) -> None:
    """As Kubernetes mounts files: through a folder that begins with a dot."""
    folder = tmp_path / "corpus"
    write_article(folder / "..data", "a", "It sails.")
    (folder / "a.md").symlink_to(Path("..data") / "a.md")
    assert load_corpus(folder)[0].articles["a"].text == "It sails."


@pytest.mark.parametrize(
    "yaml",
    ['- id: a\n  question: "\\e[2J"\n  nearest: []\n', '- id: a\n  question: "x\\x9b31m"\n  nearest: []\n', '- id: a\n  question: q\n  aliases: {en: ["\\u202Ex"]}\n  nearest: []\n',
     '- id: a\n  question: q\n  aliases: {"\\a": [x]}\n  nearest: []\n'],
)  # fmt: skip
def test_nothing_of_the_faq_can_do_anything_to_a_terminal(tmp_path: Path, yaml: str) -> None:
    """An escape that YAML writes in letters is one all the same."""
    corpus = load_corpus(write_article(tmp_path, "a", "It sails.").parent)[0]
    with pytest.raises(BrokenFiles) as raised:
        parse_faq(Path("faq.yaml"), yaml.encode(), corpus)
    assert "a character that does something where it is shown" in str(raised.value)


@given(st.text())
def test_no_problem_can_do_anything_to_a_terminal_or_a_log(text: str) -> None:
    """Whatever a file's name, its lines and its keys hold."""
    told = str(Problem(text, 1, 1, f"unknown key `{text}`", text, text))
    assert not ACTING.search(told)
    assert harmless(told) == told


# YAML that is made to hurt


BOMB = "a: &a [x, x, x, x]\n" + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(9))


@pytest.mark.parametrize(
    "text",
    [BOMB, "[" * 100_000, "{a: " * 100_000, "- " * 100_000, "? " * 50_000, "a:\n" + "".join(f"{' ' * n}b:\n" for n in range(1, 2000)), "!!python/object/apply:os.system ['id']",
     "&a " * 10_000, "- *a\n" * 50_000, "a: b\n" * 50_000, "- !x y\n" * 50_000, '"' + "\\" * 100_000, "%TAG ! tag:x,2000:\n" * 10_000, "<<: *x", "- " + "a" * 1_000_000, "'" * 100_001],
    ids=lambda text: repr(text[:12]),
)  # fmt: skip
def test_hostile_yaml_is_a_short_list_of_problems(text: str) -> None:
    """Nothing is expanded, constructed or nested without end, and the list of problems ends too."""
    root, told = parse(text, "faq.yaml")
    assert root is None or told or text.startswith("- a")
    assert len(told) <= MOST_PROBLEMS + 1


def test_yaml_that_is_too_long_is_not_read() -> None:
    root, (problem,) = parse("- a\n" * (LONGEST // 4 + 1), "faq.yaml")
    assert root is None
    assert f"longer than {LONGEST:,} characters" in problem.message


# Files that people pass on


@pytest.mark.parametrize("value", ["[" * 900 + "]" * 900, '{"a":' * 400 + "1" + "}" * 400, "[" * 40 + "]" * 40])
@pytest.mark.parametrize("key", ["quotes", "nearest", "question", "made_with", "x"])
def test_a_record_nested_without_end_is_no_answer(key: str, value: str) -> None:
    record = {"schema": "answer/1", "quotes": [], "nearest": [], key: "@"}
    done = ferry("verify", "--replay", stdin=json.dumps(record).replace('"@"', value).encode())
    assert done.returncode == 1
    assert b"nested deeper than" in done.stdout
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1" + "0" * 4000, "-1", "1.5", "true", "null", '"1"', "[]", "{}", '"\\ud800"'])
def test_no_number_makes_verify_raise_or_pass(number: str) -> None:
    """As the start of a quote, as its whole, as the list of quotes."""
    corpus = load_corpus(ROOT / "tests/data/other_topic/corpus")[0]
    sound = '{{"schema": "answer/1", "quotes": {}, "nearest": []}}'
    for quotes in (number, f"[{number}]", f'[{{"article": "ostrellin-courier", "start": {number}, "end": 5, "text": "x"}}]'):
        record = json.loads(sound.format(quotes))
        assert not verify(record, corpus).exact
        assert str(verify(record, corpus)).isprintable() or "\n" in str(verify(record, corpus))


@pytest.mark.parametrize(
    "charset", ["undefined", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "zip", "rot13", "base64", "utf-16", "mbcs", "x" * 50]
)
def test_no_encoding_that_a_page_names_ends_in_a_traceback(charset: str) -> None:
    """It is text without lone surrogates, or a usage error."""
    data = b"<meta charset=" + charset.encode() + b">\xff\\ud800\\x1b caf\xe9"
    try:
        text = decoded(data)
    except UsageError:
        return
    text.encode()


def test_a_pages_own_words_are_one_line_without_hidden_letters() -> None:
    page = '<meta property="og:title" content="Re\u200bal\u202e\x1b[31m title"><meta property="og:url" content="https://good.example@evil.example/"><meta property="og:site_name" content="A\nB">'
    found = fields(page)
    assert found["title"][0] == "Real[31m title"
    assert found["publisher"][0] == "A B"
    assert "url" not in found


@pytest.mark.parametrize("deep", [9, 300, 480])
def test_a_page_nested_without_end_has_no_name(deep: int) -> None:
    """In what it says of itself as JSON."""
    record = '{"@type": "Article", "author": ' + "[" * deep + '"x"' + "]" * deep + "}"
    assert "author" not in fields(f'<script type="application/ld+json">{record}</script>')


def test_a_hostile_message_does_nothing_as_a_page() -> None:
    """No tag, attribute or address that is not the page's own, from any text in any place of a message."""
    bad = "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"' onx='"
    inner = [
        {"type": 10, "content": f'{bad}\n> {bad}\n# {bad}\n- {bad}\n[a](javascript:alert(1)) [b](https://x.example"onx=1) <https://x.example/"><b>>'},
        {"type": 1, "components": [{"type": 2, "style": 2, "label": bad, "emoji": {"name": bad}}]},
        {"type": 1, "components": [{"type": 3, "placeholder": bad, "options": [{"label": bad, "value": bad, "description": bad, "default": True}]}]},
        {"type": bad},
    ]
    page = preview.page([{"type": 17, "components": inner}], bad)
    assert not re.search(r"<(?:script|img|b|svg|iframe)\b|<[^>]*\son\w+\s*=|href=\"(?!https?://)", page)
    assert page.count("</title>") == page.count("</style>") == 1


# The thief of the database


@pytest.mark.parametrize("way", ["purge", "forget"])
def test_what_was_removed_is_in_no_byte_of_the_stores_files(tmp_path: Path, way: str) -> None:
    """Neither in the file's free pages nor in its log, once the store has tidied up."""
    store = Store.open(str(tmp_path / "bot.sqlite3"))
    secret = "swordfish-" * 40
    for n in range(1, 60):
        store.remember(Shown(n, 2, 3, 4, secret, "en", "0" * 16, None, False))
        store.keep_question(n, 3, secret, "en", refused=True, at=datetime.now(UTC))
        store.suggest(Suggestion(n, 3, n, "en", secret))
    assert any(b"swordfish" in path.read_bytes() for path in tmp_path.iterdir())
    if way == "forget":
        for n in range(1, 60):
            store.forget(n)
    store.purge(datetime.now(UTC) + timedelta(days=91))
    assert not any(b"swordfish" in path.read_bytes() for path in tmp_path.iterdir())
    store.close()


# The supplier of a package


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-test.lock"])
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    """A package that a registry serves otherwise than it was is not installed."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.split("\n") if line.strip() and not line.startswith("#")]
    assert lines
    assert [line for line in lines if not re.match(r"[A-Za-z0-9._-]+==[^\s;]+(?: ;[^-]*)?\s(?:\s*--hash=sha256:[0-9a-f]{64})+\s*$", line)] == []


def test_every_dependency_of_the_program_is_in_the_lock() -> None:
    import tomllib

    def name(requirement: str) -> str:
        return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower().replace("_", "-").replace(".", "-")

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    locked = {name(line) for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").split("\n") if "==" in line}
    assert {name(requirement) for requirement in declared} <= locked


def test_the_image_installs_what_the_lock_names_alone() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes" in dockerfile
    assert "requirements.lock" in dockerfile


# Regular expressions


CHARACTERS = 1000
"""Of what is put to each expression."""
PROCESSOR_SECONDS = 300
"""After which a process is ended that backtracks without end; all expressions together take a few seconds."""
STRESS = f"""
import importlib, pkgutil, re, resource
import bot
resource.setrlimit(resource.RLIMIT_CPU, ({PROCESSOR_SECONDS}, {PROCESSOR_SECONDS}))
units = ["a", "1", " ", ".", "a.", "a-", "1.", "1 ", "\\n", "> ", "[", "](", "(", "a@", "@", "1:", "*", "`", "<", "a b ", "“a", '"', "…", "...", "a'", "1,", "http://", "www.",
         "bought ", "from ", "bought from ", "word ", "+1", "<meta ", "charset="]
done = 0
for module in pkgutil.iter_modules(bot.__path__):
    if module.name in ("__main__", "migrations"):
        continue
    try:
        found = vars(importlib.import_module("bot." + module.name))
    except ModuleNotFoundError:
        continue
    for value in found.values():
        if isinstance(value, re.Pattern):
            for unit in units:
                text = (unit * {CHARACTERS})[:{CHARACTERS}] + "!"
                value.search(text.encode("utf-8", "surrogatepass") if isinstance(value.pattern, bytes) else text)
            done += 1
print(done)
"""


def test_no_regular_expression_backtracks_without_end() -> None:
    """Each of the program's expressions comes to an end on long runs of what it looks for, in a process whose processor time is limited."""
    done = subprocess.run([sys.executable, "-c", STRESS], capture_output=True, cwd=ROOT, env=environment(), check=False)
    assert done.returncode == 0, done.stderr.decode()[-500:]
    assert int(done.stdout) > 60


def test_a_stress_of_this_kind_ends_an_expression_that_does_backtrack() -> None:
    """The limit does what the test above relies on."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (2, 2))

    done = subprocess.run([sys.executable, "-c", "import re; re.match(r'(a+)+$', 'a' * 60 + '!')"], capture_output=True, preexec_fn=limited, check=False)
    assert done.returncode != 0


# This list itself


def test_security_md_names_tests_that_exist() -> None:
    """Each defence names the test that proves it, as `test_x.test_y`; a threat without one does not pass."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`(test_\w+)\.(test_\w+)`", text)
    assert len(named) > 60
    missing = [f"{module}.{name}" for module, name in named if not re.search(rf"^(?:async )?def {name}\(", _source(module), re.M)]
    assert missing == []
    rows = [line for line in text.split("\n") if line.startswith("| ") and not line.startswith(("| Threat", "|--"))]
    assert rows
    assert [row for row in rows if not re.search(r"`test_\w+\.test_\w+`", row)] == []


def _source(module: str) -> str:
    path = ROOT / "tests" / f"{module}.py"
    return path.read_text(encoding="utf-8") if path.exists() else ""
