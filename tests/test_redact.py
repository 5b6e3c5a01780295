"""What is removed from people's words before they are kept."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redact import GAP, redacted

WORDY = st.lists(
    st.sampled_from(
        ["<@12345>", "a@b.c", "@ada", "+49 170", "1234567", "12", "-", " ", "x", "١٢٣٤٥", "４５６", "\u200b", "⋯", ".", "\u033c", "\u0334", "\x9d", "ﾠ"]
    )
    | st.text(max_size=4)
).map("".join)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("is <@802214601198551051> affected?", "is ⋯ affected?"),
        ("<@!1> <@&22> <#333> <:xiaomi:4444> <t:5555:R> </ask:66666> why?", "⋯ why?"),
        ("hey @ada, @everyone why?", "hey ⋯, ⋯ why?"),
        ("mail me at ada.lovelace+x@example.org please", "mail me at ⋯ please"),
        ("see https://example.org/u/ada?x=1 or www.example.org and example.org/ada or discord.gg", "see ⋯ or ⋯ and ⋯ or ⋯"),
        ("my IMEI is 490154203237518", "my IMEI is ⋯"),
        ("IMEI 4 9 0 1 5 4 2", "IMEI ⋯"),
        ("call +1 (555) 123-4567 or 0170/1234567", "call ⋯ or ⋯"),
        ("ip 192.168.100.23 and fe80::1ff:fe23:4567:890a", "ip ⋯ and ⋯"),
        ("my number is ４９０１５４２ or ١٢٣٤٥", "my number is ⋯ or ⋯"),
        ("4901\u200b5420", "⋯"),
        ("Is the Redmi Note 10 of 2021 locked, U.S. version? e.g. MIUI 12.5", "Is the Redmi Note 10 of 2021 locked, U.S. version? e.g. MIUI 12.5"),
        ("line\none\t two", "line one two"),
    ],
)
def test_mentions_addresses_and_long_numbers_go_and_the_rest_stays(typed: str, kept: str) -> None:
    assert redacted(typed) == kept


@given(WORDY)
def test_what_is_kept_has_no_at_sign_and_no_long_number(typed: str) -> None:
    """For any text: no @, no five digits in a row, no seven with only spaces and punctuation between; and it is one line."""
    kept = redacted(typed)
    assert "@" not in kept
    assert not re.search(r"\d{5}", kept)
    assert not re.search(r"\d(?:[\s().,:/_-]{0,3}\d){6}", kept)
    assert len(kept.splitlines()) <= 1


@given(WORDY)
def test_removing_again_removes_nothing(typed: str) -> None:
    assert redacted(redacted(typed)) == redacted(typed)


@given(st.lists(st.sampled_from("why was my phone locked in Cuba or Iran and when".split())).map(" ".join))
def test_plain_words_are_kept_as_they_are(typed: str) -> None:
    assert redacted(typed) == unicodedata.normalize("NFKC", typed)
    assert GAP not in redacted(typed)
