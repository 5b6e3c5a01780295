"""What was said when and by whom."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from conftest import OTHER, ROOT

from bot import config
from bot.answer import Quote
from bot.assistant import Assistant
from bot.timeline import SHARE, timeline


def made(corpus: Path, faq: Path | None) -> tuple[Quote, ...]:
    return timeline(Assistant.load(config.Settings(corpus, faq, None)))


@pytest.fixture(scope="module")
def ferries() -> tuple[Quote, ...]:
    return made(OTHER / "corpus", OTHER / "faq.yaml")


@pytest.mark.parametrize("folder", [OTHER, ROOT])
@pytest.mark.parametrize("with_faq", [True, False])
def test_statements_are_dated_in_order_and_little(folder: Path, with_faq: bool) -> None:
    """Each has a date, the oldest comes first, none overlaps another, and of no article more than a third is shown."""
    if not (folder / "corpus").exists():
        pytest.skip("the articles are not in this package")
    found = made(folder / "corpus", folder / "faq.yaml" if with_faq else None)
    assert found
    dates = [q.span.asserted for q in found]
    assert all(dates)
    assert dates == sorted(dates, key=str)
    assert [q.n for q in found] == list(range(1, len(found) + 1))
    assert not any(a.span.overlaps(b.span) for a, b in combinations(found, 2))
    size: Counter[str] = Counter()
    for q in found:
        size[q.span.article.id] += len(q.span.text)
        assert not q.span.article.is_furniture(q.span.start, q.span.end)
    assert all(SHARE * n <= len(next(q.span.article.text for q in found if q.span.article.id == name)) for name, n in size.items())


def test_both_sides_are_there(ferries: tuple[Quote, ...]) -> None:
    """Of a lead that is disputed the other side is there too."""
    texts = " ".join(q.span.text for q in ferries)
    assert "240\u00a0passengers" in texts
    assert "310 passengers" in texts


def test_who_said_it_is_in_the_words_of_the_article() -> None:
    """Without a FAQ the statements are those that name who says them, and the name is a part of their text."""
    named = [q for q in made(OTHER / "corpus", None) if q.attributed_to]
    assert named
    assert all(q.attributed_to in q.span.text for q in named if q.attributed_to)
