"""The laws of a change to the articles."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import OTHER
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.candidates import Kind
from bot.corpus import load_corpus
from bot.corpus_edit import Change, alike, references, with_relations, write, written
from bot.errors import Refused
from bot.suggestions import Suggestion
from bot.text import acting, unseen
from bot.yaml_nodes import parse

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\u00a0“”’–\"':#{}"), max_size=30)
ITEM = '  - claim: {article: a, quote: "x"}\n    by: {article: a, quote: "y"}'


@given(st.lists(WORDS, min_size=1, max_size=4), WORDS, WORDS)
def test_an_article_as_written_is_read_as_it_was_meant(parts: list[str], title: str, publisher: str) -> None:
    """Text letter by letter, fields, page furniture, whatever they hold."""
    text = "\n\n".join(parts)
    assume(title.strip() and publisher.strip() and not unseen(title) and not unseen(publisher))
    assume(not acting(text))
    furniture = [p for p in dict.fromkeys(parts) if p.strip() and text.count(p) == 1 and text.find(p) == text.rfind(p)]
    data = written({"title": title, "publisher": publisher, "published": "2023-03-21"}, text, furniture, [])
    corpus, problems = load_corpus(OTHER / "corpus", {"new.md": data})
    article = corpus.articles["new"]
    assert (article.text, article.title, article.publisher, str(article.published)) == (text, title, publisher, "2023-03-21")
    assert sorted(text[a:b] for a, b in article.furniture) == sorted(furniture)
    assert [p for p in problems if "no text" not in p.message] == []


@given(
    st.lists(st.sampled_from(["don’t", "“yes”", "10–12", "plain", "fi"]), min_size=1, max_size=6),
    st.lists(st.sampled_from([" ", "\n", "\u00a0", "  "]), min_size=6),
)
def test_text_that_differs_in_whitespace_and_typography_is_found_at_its_place(found: list[str], gaps: list[str]) -> None:
    text = found[0] + "".join(gap + word for gap, word in zip(gaps, found[1:], strict=False))
    wanted = " ".join(" ".join(found).replace("’", "'").replace("“", '"').replace("”", '"').replace("–", "-").split())
    whole = f"Before it. {text} | after it."
    assert alike(whole, wanted) == (11, 11 + len(text))
    assert alike(f"{whole} {whole}", wanted) is None


@pytest.mark.parametrize("other", ["It does open.", "It did not opens.", "it did not open.", "It did notopen.", "It did not open"[:-1] + "!", "", " "])
def test_other_words_are_not_typography(other: str) -> None:
    assert alike("It did not open.", other) is None


@pytest.mark.parametrize(
    "table",
    [
        "",
        "# nothing yet\n",
        "qualifies: []\n",
        "qualifies:\n\ndisputes: []\n",
        "qualifies:  # as known\n- claim: {article: b, quote: z}\n  by: {article: b, quote: w}\n# end\nsupersedes: []\n",
        "\ufeffqualifies:\n    - claim: {article: b, quote: z}\n      by: {article: b, quote: w}",
    ],
)
def test_a_relation_is_added_after_those_of_its_key_and_every_line_stays(table: str) -> None:
    data = with_relations(Path("relations.yaml"), table.encode(), [Suggestion(Kind.QUALIFIES, "", ITEM)])
    text = data.decode()
    _, problems = parse(text.removeprefix("\ufeff"), "")
    assert problems == []
    refs = references(Path("relations.yaml"), data)
    assert [r.quote for r in refs] == (["z", "w"] if "quote: z" in table else []) + ["x", "y"]
    lines = iter(text.split("\n"))
    assert all(line in lines for line in table.removesuffix("\n").split("\n") if "[]" not in line)


def test_a_table_written_in_brackets_is_left_alone() -> None:
    with pytest.raises(Refused, match="brackets"):
        with_relations(
            Path("relations.yaml"), b"qualifies: [{claim: {article: b, quote: z}, by: {article: b, quote: w}}]", [Suggestion(Kind.QUALIFIES, "", ITEM)]
        )


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path, other = tmp_path / "a.md", tmp_path / "relations.yaml"
    path.write_bytes(b"mine")
    with pytest.raises(Refused, match="changed meanwhile"):
        write(Change({other: b"new", path: b"yours"}, {other: None, path: b"as read"}), tmp_path)
    assert path.read_bytes() == b"mine"
    assert not other.exists()
