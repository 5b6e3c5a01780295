"""YAML as this project reads it: text as written, places, and every problem with the form."""

from __future__ import annotations

import datetime

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.yaml_nodes import DEEPEST, Node, Reader, parse

DENSE = st.text(alphabet=":-#[]{}&*!|>'\"%@`,?=<~\\. \n\t\r0aé\u2028\ufeff\x00\x85", max_size=40)
"""Text in which YAML's own signs are frequent."""


def plain(node: Node | None) -> object:
    """The value of a node without its places."""
    if node is None or node.value is None or isinstance(node.value, str):
        return None if node is None else node.value
    if isinstance(node.value, list):
        return [plain(item) for item in node.value]
    return {key: plain(value) for key, value in node.value.items()}


def messages(text: str) -> list[str]:
    return [p.message for p in parse(text, "f.yaml")[1]]


@given(st.text() | DENSE)
@example("[" * 5000)
@example("a: !<%ff> b")
@example("%YAML 9.9\n--- a")
@example('"\\uD800"')
@example("{a: *b, ? [c] : d}")
def test_any_text_is_read_or_has_a_problem(text: str) -> None:
    """No text raises; where there is no tree the text holds comments and marks alone, or a problem says why, on a line of the file."""
    root, problems = parse(text, "f.yaml")
    if root is None and not problems:
        assert all(line.strip("\ufeff \t")[:1] in ("", "#", "%", ".") for line in text.splitlines())
    for problem in problems:
        assert problem.path == "f.yaml"
        assert problem.message
        assert 1 <= problem.line <= len(text.splitlines()) + 1


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=60), min_size=1, max_size=5))
@example({"a": "no", "b": "12:30", "c": "1.10", "d": "2024-01-01", "e": "null", "f": "~", "g": ""})
def test_a_quoted_mapping_of_texts_is_read_as_written(mapping: dict[str, str]) -> None:
    """What PyYAML writes with quotes is read back letter by letter, whatever it holds."""
    root, problems = parse(yaml.safe_dump(mapping, default_style='"', allow_unicode=True, sort_keys=False), "f.yaml")
    assert problems == []
    assert plain(root) == mapping


@pytest.mark.parametrize(
    "scalar",
    ["no", "yes", "on", "True", "12:30", "1.10", "2024-01-01", "2024-01-01T10:00:00Z", "007", "0x1F", "0o17", "1e3", ".inf", ".nan", "1_000", "<<", "="],
)
def test_an_unquoted_scalar_is_the_text_as_written(scalar: str) -> None:
    """`no` is not false, `12:30` is not 750, `1.10` keeps its zero."""
    assert plain(parse(f"a: {scalar}\n", "f.yaml")[0]) == {"a": scalar}


@pytest.mark.parametrize("scalar", ["null", "Null", "NULL", "~", ""])
def test_only_a_plain_null_is_null(scalar: str) -> None:
    """The words for null are null where they stand unquoted, and text in quotes or as a key."""
    assert plain(parse(f"a: {scalar}\n", "f.yaml")[0]) == {"a": None}
    assert plain(parse(f'a: "{scalar}"\n', "f.yaml")[0]) == {"a": scalar}
    assert plain(parse(f"a: '{scalar}'\n", "f.yaml")[0]) == {"a": scalar}
    assert plain(parse(f'"{scalar}": a\n', "f.yaml")[0]) == {scalar: "a"}


def test_every_node_knows_its_place() -> None:
    """Lines and columns are 1-based, and `first_line` moves the lines to where the text stands in its file."""
    root, problems = parse("a: b\nlist:\n  - c\n  - d: e\n", "f.yaml", first_line=10)
    assert problems == []
    assert root is not None
    assert isinstance(root.value, dict)
    items = root.value["list"].value
    assert isinstance(items, list)
    assert isinstance(items[1].value, dict)
    assert (root.keys["list"].line, root.keys["list"].column) == (11, 1)
    assert (items[0].line, items[0].column) == (12, 5)
    assert (items[1].value["d"].line, items[1].value["d"].column) == (13, 8)


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "the key 'a' stands here twice", 3, 1),
        ("a: &x 1\n", "anchors and aliases (&, *) are not used here", 1, 4),
        ("a: 1\nb: *x\n", "anchors and aliases (&, *) are not used here", 2, 4),
        ("a:\n  - !!int 1\n", "the tag tag:yaml.org,2002:int is not used here", 2, 5),
        ("a: !local {}\n", "the tag !local is not used here", 1, 4),
        ("? [a]\n: b\n", "a key must be plain text", 1, 3),
        ("? {a: b}\n: c\n", "a key must be plain text", 1, 3),
        ("a: 1\n---\nb: 2\n", "a second YAML document", 2, 1),
        ("a: b: c\n", "not valid YAML: mapping values are not allowed in this context", 1, 5),
    ],
)
def test_what_has_no_place_here_is_a_problem_with_its_place_and_mend(text: str, message: str, line: int, column: int) -> None:
    """Duplicate keys, anchors, aliases, tags, odd keys, second documents and broken YAML are told where they stand."""
    problems = parse(text, "f.yaml")[1]
    assert [(p.path, p.line, p.column, p.message) for p in problems] == [("f.yaml", line, column, message)]
    assert problems[0].mend
    assert not problems[0].warning


def test_the_first_of_two_equal_keys_is_kept() -> None:
    """A repeated key does not silently win."""
    assert plain(parse("a: first\na: second\n", "f.yaml")[0]) == {"a": "first"}


def test_every_problem_of_a_sound_document_is_told_at_once() -> None:
    """Reading goes on after a duplicate key, an anchor and a tag."""
    assert len(messages("a: 1\na: 2\nb: &x 1\nc: !t 1\nc: 3\n")) == 4


def test_a_character_that_yaml_forbids_is_told_with_its_line() -> None:
    """The line is right after letters that take several bytes, too."""
    root, (problem,) = parse("a: ééééééééé\nb: x\x07\nc: d\ne: f\ng: h\n", "f.yaml")
    assert root is None
    assert "U+0007" in problem.message
    assert problem.line == 2


def test_nesting_has_a_limit() -> None:
    """A list inside lists is read to the documented depth and refused one level deeper."""
    assert messages("[" * DEEPEST + "]" * DEEPEST) == []
    assert messages("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)) == [f"nested deeper than {DEEPEST} levels"]


def test_an_empty_document_is_no_tree_and_no_problem() -> None:
    """A file of comments alone holds nothing, which is not wrong as such."""
    assert parse("# nothing\n\n", "f.yaml") == (None, [])


def node_of(text: str) -> Node:
    root, problems = parse(text, "f.yaml")
    assert root is not None
    assert problems == []
    return root


def test_a_mapping_tells_each_missing_and_each_unknown_key() -> None:
    """All are told at once: a missing key at the mapping, an unknown one at the key itself."""
    reader = Reader("f.yaml")
    fields = reader.mapping(node_of("b: 1\nc: 2\nd: 3\n"), "entry", required=("a", "b"), optional=("e",))
    assert list(fields) == ["b", "c", "d"]
    assert [(p.line, p.where, p.message, p.mend) for p in reader.problems] == [
        (1, "entry", "`a` is missing", "add `a: …`"),
        (2, "entry", "unknown key `c`", "known keys: a, b, e"),
        (3, "entry", "unknown key `d`", "known keys: a, b, e"),
    ]


def test_a_mapping_whose_keys_are_free_takes_any_key() -> None:
    """`optional=None` stands for names that the file's author chooses, such as languages."""
    reader = Reader("f.yaml")
    assert list(reader.mapping(node_of("x: 1\ny: 2\n"), "", optional=None)) == ["x", "y"]
    assert reader.problems == []


@pytest.mark.parametrize(("text", "kind"), [("a: b", "a mapping"), ("[a]", "a list"), ("''", "empty text"), ("~", "nothing")])
def test_what_is_no_text_is_told_by_its_kind(text: str, kind: str) -> None:
    """A value of the wrong kind is named in the words of the file's author."""
    reader = Reader("f.yaml")
    assert reader.text(node_of(text), "title") is None
    assert [(p.where, p.message) for p in reader.problems] == [("title", f"must be text, not {kind}")]


def test_null_and_absence_are_allowed_where_the_caller_says_so() -> None:
    """An absent field is never a problem of the text itself; a null one is, unless null is allowed."""
    reader = Reader("f.yaml")
    assert reader.text(None, "x") is None
    assert reader.text(node_of("~"), "x", null=True) is None
    assert list(reader.items(None, "x")) == list(reader.items(node_of("~"), "x")) == []
    assert reader.problems == []


def test_items_are_named_by_their_number_and_a_text_is_no_list() -> None:
    """`evidence[1]` is the second item; a lone text in place of a list is told, not split into letters."""
    reader = Reader("f.yaml")
    assert [name for name, _ in reader.items(node_of("[a, b]"), "evidence")] == ["evidence[0]", "evidence[1]"]
    assert list(reader.items(node_of("abc"), "evidence")) == []
    assert [p.message for p in reader.problems] == ["must be a list, not text"]


@given(st.dates())
def test_a_date_written_in_full_is_read(date: datetime.date) -> None:
    """Every date reads back from YYYY-MM-DD."""
    reader = Reader("f.yaml")
    assert reader.date(Node(date.isoformat(), 1, 1), "published") == date
    assert reader.problems == []


@pytest.mark.parametrize(
    "text", ["2021-9-14", "14.09.2021", "20210914", "2021-02-30", "2021-09-14T10:00", "2021-W37-2", "yesterday", "2021", "2021-09-14 ", "２０２１-09-14"]
)
def test_a_date_in_another_form_is_a_problem(text: str) -> None:
    """Dates are YYYY-MM-DD (DESIGN, section 3), so that nobody's ninth of May becomes a fifth of September."""
    reader = Reader("f.yaml")
    assert reader.date(Node(text, 4, 9), "published") is None
    assert [(p.line, p.column, p.where, p.message) for p in reader.problems] == [(4, 9, "published", f"{text!r} is not a date")]
    assert "YYYY-MM-DD" in reader.problems[0].mend
