"""Every problem of a corpus and its FAQ, found at once."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

from conftest import ABSENT, OTHER, write_article

from bot import config
from bot.check import CheckReport, check

FAQ = """
- id: bridge
  question: Is the bridge closed?
  aliases: {en: [bridge status, can I cross the river]}
  evidence: [{article: bridge, quote: "The bridge is closed."}]
- id: bread
  question: Where is bread sold?
  aliases: {en: [who sells bread]}
  evidence: [{article: bakery, quote: "The bakery sells rye bread."}]
"""
TODAY = datetime.date(2026, 1, 1)


def checked(folder: Path, faq: str | None = FAQ, **files: str) -> CheckReport:
    """The report on two articles, this FAQ and these further files of the corpus."""
    write_article(folder / "corpus", "bakery", "The bakery sells rye bread. It opens at six.")
    write_article(folder / "corpus", "bridge", "The bridge is closed. The ferry runs.")
    for name, text in files.items():
        (folder / "corpus" / name.replace("_", ".")).write_text(text, encoding="utf-8")
    path = folder / "faq.yaml"
    if faq is not None:
        path.write_text(faq, encoding="utf-8")
    return check(config.Settings(folder / "corpus", path if faq is not None else None, None), TODAY)


def test_a_clean_corpus_has_no_problem_and_is_counted(tmp_path: Path) -> None:
    assert checked(tmp_path) == CheckReport((), True, "0 errors, 0 warnings (2 articles, 4 sentences, 2 FAQ entries)")


def test_a_corpus_without_a_faq_is_checked_alone(tmp_path: Path) -> None:
    assert checked(tmp_path, None).summary == "0 errors, 0 warnings (2 articles, 4 sentences)"


def test_the_fictional_corpus_has_warnings_at_most() -> None:
    report = check(config.Settings(OTHER / "corpus", OTHER / "faq.yaml", None))
    assert report.usable
    assert all(problem.warning for problem in report.problems)


def test_a_warning_keeps_nothing_from_loading(tmp_path: Path) -> None:
    write_article(tmp_path / "corpus", "open", "The mill grinds rye. Its wheel turns.", sha256=ABSENT)
    report = checked(tmp_path)
    assert report.usable
    assert [(p.warning, p.where, Path(p.path).name) for p in report.problems] == [(True, "sha256", "open.md")]
    assert report.summary.startswith("0 errors, 1 warning")


def test_all_errors_of_all_files_are_told_together_sorted_by_place(tmp_path: Path) -> None:
    report = checked(
        tmp_path,
        FAQ.replace("The bridge is closed.", "The bridge is shut.").replace("who sells bread", "bridge status"),
        relations_yaml='supersedes:\n  - {newer: {article: mill, quote: "x"}, older: {article: bridge, quote: "The ferry runs."}}\n',
        words_yaml="en:\n  synonym: []\n",
    )
    assert not report.usable
    found = [(Path(p.path).name, p.line, p.message) for p in report.problems]
    assert found == sorted(found, key=lambda f: (next(str(p.path) for p in report.problems if Path(p.path).name == f[0]), f[1]))
    assert [(name, line) for name, line, _ in found] == [("relations.yaml", 2), ("words.yaml", 2), ("faq.yaml", 5), ("faq.yaml", 8)]
    assert [message for *_, message in found] == [
        "no article 'mill'",
        "unknown key `synonym`",
        "not found in 'bridge'",
        "'bridge status' is also a phrasing of 'bridge'",
    ]
    assert all(p.mend for p in report.problems)


def test_a_broken_article_is_told_with_file_line_and_mend(tmp_path: Path) -> None:
    report = checked(tmp_path, bad_md="---\ntitle: x\npublisher: y\npublished: 2024-13-01\n---\ntext")
    assert not report.usable
    (problem,) = [p for p in report.problems if not p.warning]
    assert (Path(problem.path).name, problem.line, problem.where) == ("bad.md", 4, "published")
    assert "YYYY-MM-DD" in problem.mend


def test_a_phrasing_that_lands_where_not_excludes_it_is_a_warning(tmp_path: Path) -> None:
    report = checked(tmp_path, FAQ.replace("  aliases: {en: [bridge status", "  not: [what is the bridge status]\n  aliases: {en: [bridge status"))
    assert report.usable
    assert [(p.where, p.message) for p in report.problems] == [("bridge", "'what is the bridge status' lands here although `not` excludes it")]


def test_evidence_that_no_answer_shows_is_a_warning(tmp_path: Path) -> None:
    """Of a short article one sentence is shown; what a maintainer adds beyond that would be left out in silence."""
    both = 'evidence: [{article: bakery, quote: "The bakery sells rye bread."}, {article: bakery, quote: "It opens at six.", role: context}]'
    report = checked(tmp_path, FAQ.replace('evidence: [{article: bakery, quote: "The bakery sells rye bread."}]', both))
    (problem,) = report.problems
    assert (problem.warning, problem.where) == (True, "bread")
    assert "“It opens at six.” is never shown" in problem.message
    assert "a third of an article" in problem.mend


def test_an_overdue_review_is_a_warning_from_the_day_after(tmp_path: Path) -> None:
    late = checked(tmp_path, FAQ + "  review_by: 2025-12-31\n")
    assert [(p.where, p.message) for p in late.problems] == [("bread", "its review was due by 2025-12-31")]
    assert checked(tmp_path, FAQ + "  review_by: 2026-01-01\n").problems == ()


def test_a_choice_that_nothing_answers_is_a_warning(tmp_path: Path) -> None:
    asks = "  asks_back: {prompt: {en: Which?}, choices: [{label: {en: White}, ask: zzyzx qwrtp}, {label: {en: Rye}, ask: who sells bread}]}\n"
    assert [p.message for p in checked(tmp_path, FAQ + asks).problems] == ["the choice 'zzyzx qwrtp' has no answer"]


def test_a_missing_corpus_is_one_problem(tmp_path: Path) -> None:
    report = check(config.Settings(tmp_path / "nowhere", None, None))
    assert (report.usable, report.summary) == (False, "1 error, 0 warnings")


def test_progress_is_told_up_to_the_end(tmp_path: Path) -> None:
    """Each kind of work ends with all of its total done, so that what shows it can take it away."""
    told: list[tuple[str, int, int]] = []
    checked(tmp_path)
    check(config.Settings(tmp_path / "corpus", tmp_path / "faq.yaml", None), TODAY, lambda *step: told.append(step))
    last = {what: (done, total) for what, done, total in told}
    assert {"learning phrasings, once", "checking entries"} <= set(last)
    assert all(done == total for done, total in last.values())


def test_half_a_sentence_is_a_warning(tmp_path: Path) -> None:
    report = checked(tmp_path, FAQ.replace("The bakery sells rye bread.", "The bakery sells"))
    assert report.usable
    assert [(p.where, p.message) for p in report.problems] == [("bread.evidence[0].quote", "ends inside a sentence")]


RELATED = """disputes:
  - sides: [[{article: bridge, quote: "The ferry runs."}], [{article: bakery, quote: "It opens at six."}]]
"""


def test_evidence_that_is_disputed_is_a_warning_as_long_as_no_entry_shows_another_side(tmp_path: Path) -> None:
    """Where one does, the dispute is asked about there: other entries may quote the sentence for what else it says."""
    faq = FAQ.replace('"The bridge is closed."', '"The ferry runs."')
    both = '- id: six\n  question: Is there a timetable?\n  evidence: [{article: bakery, quote: "It opens at six."}, {article: bridge, quote: "The ferry runs.", role: other_side}]\n'
    assert checked(tmp_path, faq + both, relations_yaml=RELATED).problems == ()
    found = [p.message for p in checked(tmp_path, faq, relations_yaml=RELATED).problems]
    assert found == ["bridge “The ferry runs.” is disputed, and no entry shows another side"]


def test_a_language_that_most_entries_have_and_one_lacks_is_a_warning(tmp_path: Path) -> None:
    third = '- id: six\n  question: When does the bakery open?\n  evidence: [{article: bakery, quote: "It opens at six."}]\n'
    more = FAQ.replace("who sells bread]", "who sells bread], es: [dónde venden pan]").replace("cross the river]", "cross the river], es: [estado del puente]")
    assert [(p.where, p.message) for p in checked(tmp_path, more + third).problems] == [("six", "no phrasing in es, which most entries have")]


def test_a_phrasing_whose_like_are_led_elsewhere_is_a_warning(tmp_path: Path) -> None:
    report = checked(tmp_path, FAQ.replace("who sells bread]", "who sells bread, the bridge status]"))
    assert ("bread", "who asks something like 'the bridge status' is led to 'bridge'") in [(p.where, p.message) for p in report.problems]


def test_a_phrasing_of_one_known_unknown_whose_like_are_led_to_another_is_none(tmp_path: Path) -> None:
    """Both refuse."""
    unknown = re.sub(r"evidence: .*", "nearest: []", FAQ.replace("who sells bread]", "who sells bread, the bridge status]"))
    assert not any("is led to" in p.message for p in checked(tmp_path, unknown).problems)


def test_an_entry_whose_phrasings_are_all_like_others_is_reached_by_no_question(tmp_path: Path) -> None:
    extra = (
        "- id: shut\n  question: is the bridge really closed?\n  aliases: {en: [bridge status now, can I cross the river today, can I now cross the river]}\n"
        "  nearest: []\n"
    )
    base = FAQ.replace("[bridge status,", "[bridge status, bridge status today, can I cross the river now, is the bridge really closed now,")
    messages = [p.message for p in checked(tmp_path, base + extra).problems if p.where == "shut"]
    assert any("no question reaches it" in message for message in messages)
