"""What a saved page says of itself, without the extractor."""

from __future__ import annotations

import pytest

from bot.errors import UsageError
from bot.saved_page import decoded, fields


def test_each_field_is_taken_from_the_likeliest_tag_and_says_which() -> None:
    page = """<html lang="es"><title>Vuelve el ferri | Courier</title><meta property="og:title" content="Vuelve  el ferri">
    <meta name="author" content="Ana"><script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "headline": "Otro",
    "publisher": {"name": "The Courier"}, "author": [{"name": "Bo"}], "datePublished": "2023-03-21T08:00:00Z"}]}</script>
    <link rel="canonical" href="/x"><meta property="og:url" content="https://example.org/x">"""
    assert fields(page) == {
        "title": ("Vuelve el ferri", "og:title"),
        "author": ("Ana", "author"),
        "url": ("https://example.org/x", "og:url"),
        "language": ("es", "html lang"),
        "publisher": ("The Courier", "JSON-LD publisher"),
        "published": ("2023-03-21", "JSON-LD datePublished"),
    }


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<p>Published on 21 March 2023 by Ana</p>",
        '<meta property="article:published_time" content="last week">',
        '<script type="application/ld+json">{"@type": "NewsArticle", </script>',
        '<script type="application/ld+json">[1, {"@type": "WebSite", "name": "x", "headline": "y"}]</script>',
        "<title></title><html lang>",
    ],
)
def test_what_no_tag_says_is_not_guessed(page: str) -> None:
    assert fields(page) == {}


def test_a_page_is_decoded_as_utf_8_or_as_it_says() -> None:
    assert decoded("\ufeffé".encode()) == "é"
    assert decoded('<meta charset="iso-8859-2">łódź'.encode("iso-8859-2")).endswith("łódź")
    with pytest.raises(UsageError, match="UTF-8"):
        decoded("é".encode("latin-1"))
    with pytest.raises(UsageError, match="UTF-8"):
        decoded('<meta charset="no-such">é'.encode("latin-1"))
