"""How an answer came about, for `--verbose`: what was understood, weighed and decided."""

from __future__ import annotations

from bot.assistant import Trace


def explain(trace: Trace) -> str:
    """The steps of one question, a line each: language, replacements, entries, sentences, features, decision."""
    asked, decision = trace.question, trace.decision
    if asked is None or decision is None:
        return f"refused before any search: {trace.answer.reason}"
    lines = [f"language   {asked.language}", f"searched   {' '.join(asked.terms) or '(no term)'}"]
    lines += [f"replaced   {typed} → {searched}" for typed, searched in asked.searched_as]
    lines += [f"absent     {name}" for name in asked.absent]
    for match in trace.matches[:5]:
        kind = "known unknown" if match.entry.known_unknown else "entry"
        lines.append(f"{match.score:7.3f}    {kind} {match.entry.id}: nearest phrasing {match.phrasing!r} (cosine {match.similarity:.2f})")
    for found in trace.selected[:5]:
        span = found.span
        lines.append(f"{found.score:7.3f}    {span.article.id}[{span.start}:{span.end}] words {found.words:.2f} ({', '.join(found.terms)}): {span.text[:80]!r}")
    lines.append("features   " + ", ".join(f"{name} {value:.2f}" for name, value in decision.features.items()))
    for relation in trace.found:
        first, second = (f"{s.article.id}[{s.start}:{s.end}]" for s in (relation.first, relation.second))
        lines.append(f"found      {relation.kind} without a table: {first} and {second}: {relation.reason}")
    outcome = f"refused: {decision.reason}" if decision.reason else f"answered by {decision.entry.id if decision.entry else 'a search'}"
    lines.append(f"decision   {outcome}, confidence {decision.confidence:.2f}")
    return "\n".join(lines) + "\n"
