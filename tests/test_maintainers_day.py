"""A maintainer's day at the real command line, on the fictional corpus: from what was asked in vain to an answer that outlives a change of its article."""

from __future__ import annotations

import contextlib
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from conftest import OTHER
from upper import run

from bot.store import Store

ASKED = ("is anybody injured?", "anybody injured", "was anybody injured?")


def test_a_gap_becomes_an_entry_that_is_anchored_anew_when_its_article_changes(tmp_path: Path) -> None:
    """A gap appears, an entry is written from it, the question is answered, the article changes, the check catches it, the quote is anchored anew."""
    shutil.copytree(OTHER, tmp_path, dirs_exist_ok=True)
    place = str(tmp_path / "bot.sqlite3")
    written = (tmp_path / "faq.yaml").read_bytes()

    def bot(*arguments: str, code: int = 0, stdin: bytes = b"") -> str:
        done = run(*arguments, cwd=tmp_path, stdin=stdin, BOT_STORE=place)
        told = (done.stdout + done.stderr).decode()
        assert done.returncode == code, told
        return told

    assert "No answer" in bot("ask", ASKED[0], code=1)
    with contextlib.closing(Store.open(place)) as store:
        for number, question in enumerate(ASKED):
            store.keep_question(number, 1, question, "en", refused=True, at=datetime.now(UTC))
    gap = bot("faq", "gaps")
    assert "   3 × " in gap
    assert all(question in gap for question in ASKED)

    assert "Nobody was hurt." in bot("show", "ostrellin-courier", "3")
    aliases = [part for question in ASKED[1:] for part in ("--alias", question)]
    assert "+- id: is-anybody-injured" in bot("faq", "add", ASKED[0], "--quote", "ostrellin-courier", "3", "answer", *aliases)
    assert (tmp_path / "faq.yaml").read_bytes().startswith(written)
    before = bot("ask", "--json", ASKED[0])
    assert json.loads(before)["faq"] == "is-anybody-injured"
    assert "1: exact" in bot("verify", stdin=before.encode())
    assert "not answered: 0" in bot("faq", "gaps")

    article = tmp_path / "corpus" / "ostrellin-courier.md"
    article.write_bytes(article.read_bytes().replace(b"Nobody was hurt.", b"Nobody aboard was hurt."))
    assert "the text is not the one that this hash was made of" in bot("check", code=3)
    bot("ask", ASKED[0], code=3)
    told = bot("corpus", "update", "ostrellin-courier", "--yes", code=1)
    assert "is-anybody-injured.evidence[0]: not in the new text" in told
    assert "Nobody aboard was hurt." in told
    bot("corpus", "update", "ostrellin-courier", "--yes", "--accept", "1")

    assert "0 errors" in bot("check")
    (quote,) = json.loads(bot("ask", "--json", ASKED[1]))["quotes"]
    assert quote["text"] == "Nobody aboard was hurt."
    assert "article   Nobody «aboard» was hurt." in bot("verify", stdin=before.encode(), code=1)
