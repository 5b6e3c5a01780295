"""Fit the weights of the gates on the gold questions of the repository: `python -m benchmarks.fit_gates` prints LEXICAL and
ALONE, and with BOT_SEMANTIC=on SEMANTIC and ALONE_SEMANTIC. `--public CLAPNQ_FOLDER QUERIES` adds a public set to ALONE; `--without NAME…`
leaves out files of questions: what ships as `entry` was fitted `--without fans shoppers commenters relatives viewers repairers
drivers reporters bakers nurses tailors pilots passers_by`, on the FAQ when it had 40,648 phrasings; `search` and ALONE on an earlier one still.

For each question the features are measured; the label is whether answering with the likeliest entry (or with the best
sentence) would earn at least half a point. Logistic regression by Newton's method (iteratively reweighted least squares) on
features of mean 0 and spread 1 with an L2 penalty. Right and wrong are weighted as ANSWERABLE to 1 - ANSWERABLE, whatever
their numbers are. So that a FAQ with few phrasings is known too, the shipped one is also measured thinned to its first ones.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot import config, gates, gold, scoring
from bot.assistant import Assistant
from bot.faq import Faq
from bot.semantic import Encoder, find_encoder

PENALTY = 10.0
ANSWERABLE = 0.75
"""Share of questions that the sources answer; a guess for a public channel."""
THIN = ((8, 1, 0), (24, 1, 0), (24, 2, 0), (24, 2, 1), (12, 4, 0), (12, 4, 1), (12, 4, 2), (12, 4, 3))
"""What the thinned FAQs keep: English phrasings an entry (a quarter of that in each other language), every how many-th entry, and from which."""
LESS = 0.05
"""How much a question counts on a thinned FAQ or on the fictional corpus."""
OTHER = Path("tests/data/other_topic")
Floats = npt.NDArray[np.float64]


class Remembering:
    """An encoder that reads each text once, however many assistants ask for it."""

    def __init__(self, encoder: Encoder) -> None:
        self.name, self._encoder = encoder.name, encoder
        self._questions: dict[str, npt.NDArray[np.float32]] = {}

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """As the encoder."""
        if missing := [text for text in dict.fromkeys(texts) if text not in self._questions]:
            self._questions.update(zip(missing, self._encoder.encode(missing), strict=True))
        return np.stack([self._questions[text] for text in texts])

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """As the encoder."""
        return self._encoder.encode_passages(texts)


@dataclass(frozen=True, slots=True)
class Row:
    """One gold question: its features, and the points that the entry and the sentence would earn."""

    source: str
    weight: float
    features: dict[str, float]
    answerable: bool | None
    entry: float
    sentence: float


def thinned(assistant: Assistant, encoder: Encoder | None, kept: int, every: int, first: int) -> Assistant:
    """The assistant with a FAQ of which every so-many-th entry is left, with its first phrasings."""
    entries = tuple(
        replace(entry, related=(), aliases={lang: found[: kept if lang == "en" else max(2, kept // 4)] for lang, found in entry.aliases.items()})
        for entry in assistant.faq.entries[first::every]
    )
    faq = replace(assistant.faq, entries=entries, sha256=f"{assistant.faq.sha256}-{kept}-{every}-{first}")
    return Assistant(assistant.corpus, faq, assistant.relations, assistant.lexicon, assistant.settings, encoder)


def alone(assistant: Assistant, encoder: Encoder | None) -> Assistant:
    """The assistant without its FAQ."""
    return Assistant(assistant.corpus, Faq(), assistant.relations, assistant.lexicon, assistant.settings, encoder)


def measured(assistant: Assistant, paths: Sequence[Path], weight: float) -> Iterator[Row]:
    """A row for each gold question that the gates decide."""
    for place, record in gold.load_gold(paths):
        asked = gold.parse(place, record, assistant.corpus)
        trace = assistant.explain(asked.question)
        if not trace.decision or not trace.decision.features or not trace.question or trace.question.absent or trace.question.phrasing_of:
            continue
        entry = next((m.entry for m in trace.matches if not m.entry.known_unknown), None)
        by_entry = assistant.compose(entry, status=trace.question.about_status) if entry else ()
        by_search = assistant.compose_search((trace.selected[0].span,)) if trace.selected else ()
        points = [0.0 if asked.answerable is False or not quotes else scoring.answered(asked, quotes)[0] for quotes in (by_entry, by_search)]
        yield Row(Path(place.rsplit(":", 1)[0]).stem, weight, dict(trace.decision.features), asked.answerable, points[0], points[1])


def public(corpus: str, queries: str) -> Iterator[Row]:
    """A row for each question of a set in the neutral form of public sets; label: answerable."""
    assistant = Assistant.load(config.load(os.environ, corpus=corpus, faq="none"))
    for line in Path(queries).read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        decision = assistant.explain(record["query"]).decision
        if decision and decision.features:
            yield Row("public", 1.0, dict(decision.features), bool(record["answerable"]), 0.0, float(bool(record["answerable"])))


def fit(features: Floats, labels: Floats, weights: Floats) -> Floats:
    """Bias, then a coefficient for each feature as it was measured."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    columns = np.concatenate([np.ones((len(features), 1)), (features - mean) / spread], axis=1)
    penalty = np.full(columns.shape[1], PENALTY)
    penalty[0] = 1e-6
    found = np.zeros(columns.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-columns @ found))
        gradient = columns.T @ (weights * (p - labels)) + penalty * found
        hessian = (columns * (weights * p * (1 - p))[:, None]).T @ columns + np.diag(penalty)
        found -= np.linalg.solve(hessian, gradient)
    slopes = found[1:] / spread
    return np.concatenate([[found[0] - slopes @ mean], slopes])


def balanced(labels: Floats, weights: Floats, answerable: float = ANSWERABLE) -> Floats:
    """The weights, scaled so that right and wrong weigh `answerable` to 1 - `answerable`."""
    right, wrong = (weights * labels).sum(), (weights * (1 - labels)).sum()
    return np.asarray(weights * np.where(labels == 1, answerable / right, (1 - answerable) / wrong) * len(labels))


def report(name: str, features: Sequence[str], rows: Sequence[Row], labels: Floats, answerable: float = ANSWERABLE) -> None:
    """Print fitted weights and how many of the right and of the wrong pass at one half."""
    values = np.array([[row.features[key] for key in features] for row in rows])
    found = fit(values, labels, balanced(labels, np.array([row.weight for row in rows]), answerable))
    p = 1 / (1 + np.exp(-(found[0] + values @ found[1:])))
    print(f"    {name}={{" + ", ".join(f'"{key}": {value:.2f}' for key, value in zip(("bias", *features), found, strict=True)) + "},")
    print(
        f"# right {int(labels.sum())}, passing {np.mean(p[labels == 1] >= 0.5):.3f}; wrong {int((1 - labels).sum())}, passing {np.mean(p[labels == 0] >= 0.5):.3f}"
    )


def main() -> int:
    """Measure both corpora and print the weights of all gates."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fit_gates", description="Fit the weights of the gates on the gold questions.")
    parser.add_argument("--public", nargs=2, metavar=("CORPUS", "QUERIES"), help="a public set that ALONE is fitted on too")
    parser.add_argument("--without", nargs="+", default=[], metavar="NAME", help="files of tests/gold that are left out")
    given = parser.parse_args()
    questions = [path for path in sorted(Path("tests/gold").glob("*.jsonl")) if path.stem not in given.without]
    loaded = Assistant.load(config.load(os.environ))
    encoder = Remembering(find_encoder()) if loaded.semantic else None
    shipped = Assistant(loaded.corpus, loaded.faq, loaded.relations, loaded.lexicon, loaded.settings, encoder)
    other = Assistant.load(config.load(os.environ, corpus=str(OTHER / "corpus"), faq=str(OTHER / "faq.yaml")))
    rows = [
        *measured(shipped, questions, 1.0),
        *(row for thin in THIN for row in measured(thinned(shipped, encoder, *thin), questions, LESS)),
        *measured(other, [OTHER / "gold.jsonl"], LESS),
    ]
    weights, by_itself = (gates.SEMANTIC, gates.ALONE_SEMANTIC) if shipped.semantic else (gates.LEXICAL, gates.ALONE)
    report("entry", gates.features(weights.entry), rows, np.array([float(row.entry >= 0.5) for row in rows]))
    report("search", gates.features(weights.search), rows, np.array([float(row.sentence >= 0.5) for row in rows]))
    single = [*measured(alone(shipped, encoder), questions, LESS), *measured(alone(other, encoder), [OTHER / "gold.jsonl"], LESS)]
    if given.public:
        single += public(*given.public)
    report("alone", gates.features(by_itself), single, np.array([float(row.sentence >= 0.5) for row in single]), 0.5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
