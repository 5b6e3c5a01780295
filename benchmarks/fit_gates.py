"""Fit the weights of the gates on the gold questions of the repository: `python -m benchmarks.fit_gates` prints them,
LEXICAL as it is and SEMANTIC with BOT_SEMANTIC=on.

For each question the features are measured; the label is whether answering with the likeliest entry (or with the best
sentence) would earn at least half a point. Logistic regression by Newton's method (iteratively reweighted least squares)
with an L2 penalty. Right and wrong are weighted as ANSWERABLE to 1 - ANSWERABLE, whatever their numbers are, and the
questions on the fictional corpus count OTHER_TOPIC times, so that a small FAQ matters as much as a large one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot import config, gates, gold, scoring
from bot.assistant import Assistant

PENALTY = 0.3
ANSWERABLE = 0.65
"""Share of questions that the sources answer; a guess for a public channel."""
OTHER_TOPIC = 0.3
OTHER = Path("tests/data/other_topic")
Floats = npt.NDArray[np.float64]


class Row:
    """One gold question: its features, and the points that the entry and the sentence would earn."""

    def __init__(self, assistant: Assistant, asked: gold.Gold, weight: float) -> None:
        trace = assistant.explain(asked.question)
        self.weight = weight
        self.features = trace.decision.features if trace.decision else {}
        self.usable = bool(self.features) and not (trace.question and trace.question.absent)
        entry = next((m.entry for m in trace.matches if not m.entry.known_unknown), None)
        self.entry = 0.0 if asked.answerable is False or entry is None else scoring.answered(asked, assistant.compose(entry))[0]
        searched = assistant.compose_search((trace.selected[0].span,)) if trace.selected else ()
        self.sentence = 0.0 if asked.answerable is False or not searched else scoring.answered(asked, searched)[0]


def fit(features: Floats, labels: Floats, weights: Floats) -> Floats:
    """Coefficients of the penalised logistic regression; the last feature, the bias, is not penalised."""
    penalty = np.full(features.shape[1], PENALTY)
    penalty[-1] = 1e-6
    found = np.zeros(features.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-features @ found))
        gradient = features.T @ (weights * (p - labels)) + penalty * found
        hessian = (features * (weights * p * (1 - p))[:, None]).T @ features + np.diag(penalty)
        found -= np.linalg.solve(hessian, gradient)
    return found


def balanced(labels: Floats, weights: Floats) -> Floats:
    """The weights, scaled so that right and wrong weigh ANSWERABLE to 1 - ANSWERABLE."""
    right, wrong = (weights * labels).sum(), (weights * (1 - labels)).sum()
    return np.asarray(weights * np.where(labels == 1, ANSWERABLE / right, (1 - ANSWERABLE) / wrong) * len(labels))


def report(name: str, present: Mapping[str, float], rows: list[Row], labels: Floats) -> None:
    """Print fitted weights and how many of the right and of the wrong pass at one half."""
    features = np.array([[row.features[key] for key in present] for row in rows])
    weights = balanced(labels, np.array([row.weight for row in rows]))
    found = fit(features, labels, weights)
    p = 1 / (1 + np.exp(-features @ found))
    print(f"    {name}={{" + ", ".join(f'"{key}": {value:.2f}' for key, value in zip(present, found, strict=True)) + "},")
    print(
        f"# right {int(labels.sum())}, passing {np.mean(p[labels == 1] >= 0.5):.3f}; wrong {int((1 - labels).sum())}, passing {np.mean(p[labels == 0] >= 0.5):.3f}"
    )


def main() -> int:
    """Measure both corpora and print the weights of both gates."""
    sets = [
        (Assistant.load(config.load(os.environ)), sorted(Path("tests/gold").glob("*.jsonl")), 1.0),
        (Assistant.load(config.load(os.environ, corpus=str(OTHER / "corpus"), faq=str(OTHER / "faq.yaml"))), [OTHER / "gold.jsonl"], OTHER_TOPIC),
    ]
    rows = [
        row
        for assistant, paths, weight in sets
        for place, record in gold.load_gold(paths)
        if (row := Row(assistant, gold.parse(place, record, assistant.corpus), weight)).usable
    ]
    weights = gates.SEMANTIC if sets[0][0].ask("").sources.semantic else gates.LEXICAL
    report("entry", weights.entry, rows, np.array([float(row.entry >= 0.5) for row in rows]))
    report("search", weights.search, rows, np.array([float(row.sentence >= 0.5) for row in rows]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
