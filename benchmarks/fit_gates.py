"""Fit the weights of the gate on gold questions: `python -m benchmarks.fit_gates [FILES]` prints what `bot/gates.py` holds.

For each question the features are measured, and the label is whether answering with the best entry that has evidence would
earn at least half a point. Logistic regression by Newton's method (iteratively reweighted least squares) with an L2 penalty;
right answers and wrong ones are weighted as ANSWERABLE to 1 - ANSWERABLE, whatever their numbers are.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot import config, evaluate
from bot.answer import Status
from bot.assistant import Assistant
from bot.gates import WEIGHTS

PENALTY = 0.3
ANSWERABLE = 0.6
"""Share of questions that the sources answer; a guess for a public channel."""
Floats = npt.NDArray[np.float64]


def measured(assistant: Assistant, gold: evaluate.Gold) -> tuple[list[float], bool] | None:
    """Features and label of one gold question; None where the gate has no say."""
    trace = assistant.explain(gold.question)
    if trace.decision is None or not trace.decision.features or (trace.question and trace.question.absent):
        return None
    entry = next((m.entry for m in trace.matches if not m.entry.known_unknown), None)
    if entry is None:
        return None
    quotes = assistant.compose(entry)
    points = 0.0 if gold.answerable is False else evaluate.answered(gold, quotes)[0]
    return [dict(trace.decision.features)[name] for name in WEIGHTS], points >= 0.5


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


def main() -> int:
    """Print the fitted weights, and how many of the questions each side of the gate gets right with them."""
    paths = [Path(name) for name in sys.argv[1:]] or sorted(Path("tests/gold").glob("*.jsonl"))
    assistant = Assistant.load(config.load(os.environ))
    golds = [evaluate.parse(place, record, assistant.corpus) for place, record in evaluate.load_gold(paths)]
    rows = [row for gold in golds if (row := measured(assistant, gold))]
    features, labels = np.array([f for f, _ in rows]), np.array([float(label) for _, label in rows])
    share = np.where(labels == 1, ANSWERABLE / max(labels.sum(), 1), (1 - ANSWERABLE) / max((1 - labels).sum(), 1)) * len(labels)
    found = fit(features, labels, share)
    print("WEIGHTS = {" + ", ".join(f'"{name}": {value:.2f}' for name, value in zip(WEIGHTS, found, strict=True)) + "}")
    p = 1 / (1 + np.exp(-features @ found))
    for name, side in (("right", labels == 1), ("wrong", labels == 0)):
        print(f"{name}: {side.sum()} questions, answered {np.mean(p[side] >= 0.5):.3f}")
    answered = sum(assistant.ask(g.question).status is Status.ANSWERED for g in golds if g.answerable is False)
    print(f"with the present weights {answered} of {sum(g.answerable is False for g in golds)} unanswerable questions are answered")
    return 0


if __name__ == "__main__":
    sys.exit(main())
