"""What one writes in an evening, to compare with: rank-bm25 over the sentences of a folder of articles, the best sentence for any question.

`python -m benchmarks.naive_bm25 FOLDER` reads questions, one a line, and prints an object with the sentence for each.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from rank_bm25 import BM25Okapi


class Naive:
    """Sentences are cut after full stops, words at white space; nothing is refused."""

    def __init__(self, folder: Path) -> None:
        texts = [path.read_text(encoding="utf-8").split("\n---\n", 1)[-1] for path in sorted(folder.glob("*.md"))]
        self._sentences = [s for text in texts for s in re.split(r"(?<=[.!?])\s+|\n+", text) if s.strip()]
        self._engine = BM25Okapi([s.lower().split() for s in self._sentences])

    def ask(self, question: str) -> str:
        """The sentence with the highest score."""
        return self._sentences[int(self._engine.get_scores(question.lower().split()).argmax())]


def main() -> int:
    """Answer standard input."""
    naive = Naive(Path(sys.argv[1]))
    for line in sys.stdin:
        print(json.dumps({"question": line.rstrip("\n"), "text": naive.ask(line)}, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
