"""What stands around a quote in its article: the paragraph, page furniture left out."""

from __future__ import annotations

from bot.corpus import Article, Span

LONGEST = 1200
"""Characters that are shown around a quote and with it; the quote itself always is."""


def surroundings(span: Span) -> tuple[Span, ...]:
    """The sentences of the span's paragraph, the span's own among them, as runs of text that may be shown, in order.

    Where the paragraph has nothing but the span, the paragraphs before and after it are there too.
    """
    article = span.article
    touched = article.sentences_of(span.start, span.end)
    if not touched:
        return (span,)
    first, last = touched[0], touched[-1]
    low, high = _paragraph(article, first).start, _paragraph(article, last).stop - 1
    if (low, high) == (first, last):
        low = _paragraph(article, low - 1).start if low else low
        high = _paragraph(article, high + 1).stop - 1 if high + 1 < len(article.sentences) else high
    while (low, high) != (first, last) and article.sentences[high].end - article.sentences[low].start > LONGEST:
        if first - low >= high - last:
            low += 1
        else:
            high -= 1
    return _runs(article, range(low, high + 1))


def _paragraph(article: Article, sentence: int) -> range:
    """The indices of the sentences of a sentence's paragraph."""
    start = article.paragraphs[sentence]
    low = high = sentence
    while low and article.paragraphs[low - 1] == start:
        low -= 1
    while high + 1 < len(article.sentences) and article.paragraphs[high + 1] == start:
        high += 1
    return range(low, high + 1)


def _runs(article: Article, indices: range) -> tuple[Span, ...]:
    """Neighbouring sentences as one span, unless another paragraph begins or furniture stands between them."""
    found: list[tuple[int, Span]] = []
    for index in indices:
        sentence, paragraph = article.sentences[index], article.paragraphs[index]
        before, last = found[-1] if found else (-1, None)
        if last and paragraph == before and not article.is_furniture(last.end, sentence.start):
            found[-1] = (paragraph, Span(article, last.start, sentence.end))
        else:
            found.append((paragraph, sentence))
    return tuple(run for _, run in found)
