"""One immutable snapshot of corpus, FAQ, index and settings, and the path of a question through it."""

from __future__ import annotations

import contextlib
import datetime
from collections import OrderedDict
from collections.abc import Callable, Container, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from bot import __version__, candidates, config, gates
from bot.answer import Answer, FollowUp, Quote, Reason, Sources, Status
from bot.candidates import Candidate
from bot.compose import Composer, Composition, known_by
from bot.corpus import Corpus, Span, load_corpus
from bot.edition import Edition
from bot.engines import check_meaning, open_edition
from bot.errors import SearchError
from bot.faq import Entry, Evidence, Faq, Role, load_faq
from bot.index import Index
from bot.language import Languages
from bot.lexicon import Lexicon, load_lexicon
from bot.matching import Match, Matcher
from bot.passages import Hit, Passages
from bot.places import calendar_names
from bot.question import LONGEST, AllTexts, Question, Reader, Texts, shown
from bot.relations import Relations, load_relations
from bot.ridge import Progress
from bot.selection import MOST, Selected, Selector
from bot.semantic import Encoder, Meaning, Near, find_encoder
from bot.text import content_words, stem, terms, words
from bot.topic import Topic
from bot.vocabulary import Vocabulary
from bot.wide import Wide

MOST_FOLLOW_UPS = 5
KEPT_ANSWERS = 1000
"""Answers that are kept: what moves many people is asked in the same words, not least in those that are suggested."""
Asked = tuple[str, str | None, datetime.date | None]
"""A question, its language where that is given, and the date until which sources count."""
KEPT_ENTRIES = 1024
"""Entries of which it is kept what their evidence and their phrasings in one language say."""
LEADS = 0.3
"""Share of a question's information, that of the words which the entry's own question has left out, by which another quote must hold more than the
first one, to lead instead of it; flat from .12 to .3 (on eight sets of gold questions the first quote is right .835 instead of .826 of the time, with
meaning .872 instead of .860)."""
ANY_PLACE = 0.5
"""Share of an entry's phrasings with places that no source mentions, from which it is taken as asked about any place."""


@dataclass(frozen=True, slots=True)
class Trace:
    """An answer and how it came about."""

    answer: Answer
    question: Question | None = None
    matches: tuple[Match, ...] = ()
    selected: tuple[Selected, ...] = ()
    decision: gates.Decision | None = None
    applied: tuple[Candidate, ...] = ()
    """All relations that were found without a table."""

    @property
    def found(self) -> tuple[Candidate, ...]:
        """Those of which the answer shows, or names as a relay, both sides."""
        spans = [s for q in (*self.answer.quotes, *self.answer.nearest) for s in (q.span, *q.relayed_by)]
        return tuple(c for c in self.applied if all(any(end.overlaps(s) for s in spans) for end in (c.first, c.second)))


class Exact:
    """Finds in a small corpus, of which every sentence is weighed."""

    def __init__(self, index: Index, sentences: Index, faq: Faq, near: Near | None) -> None:
        self._index = index
        self.select = Selector(index, sentences, near).select
        of_article: dict[str, list[int]] = {}
        for number, passage in enumerate(index.spans):
            of_article.setdefault(passage.article.id, []).append(number)
        passages = [
            sorted({n for e in entry.evidence for n in of_article.get(e.span.article.id, ()) if index.spans[n].overlaps(e.span)}) for entry in faq.entries
        ]
        self._number = {entry.id: number for number, entry in enumerate(faq.entries)}
        self._passages = np.array([n for found in passages for n in (*found, len(index.spans))], dtype=np.intp)
        """The passages with an entry's evidence, and for one without any the number after the last, entry after entry."""
        self._begins = np.cumsum([0, *(len(found) + 1 for found in passages)])[:-1]

    def strengths(self, query: Sequence[str]) -> Callable[[Entry], float]:
        """How strongly the best passage with an entry's evidence has the query's terms, over the highest that the query could have, in [0, 1]."""
        strengths = np.zeros(len(self._index.spans) + 1)
        strengths[:-1] = self._index.strengths(query)
        best = np.maximum.reduceat(strengths[self._passages], self._begins).tolist()
        return lambda entry: best[self._number[entry.id]]


class Assistant:
    """Answers questions from one corpus and one FAQ. Nothing in it changes after it is made."""

    def __init__(
        self,
        corpus: Corpus,
        faq: Faq,
        relations: Relations,
        lexicon: Lexicon,
        settings: config.Settings,
        encoder: Encoder | None = None,
        progress: Progress | None = None,
        opened: tuple[Edition, Passages] | None = None,
    ) -> None:
        """`opened`: the saved index that the corpus is of."""
        self.corpus, self.faq, self.relations, self.lexicon, self.settings = corpus, faq, relations, lexicon, settings
        self.vocabulary = Vocabulary(corpus, faq, settings.cache, opened[0] if opened else None)
        self._languages = Languages(self.vocabulary)
        self._topic = Topic(faq, settings.cache)
        self._home = self.vocabulary.home
        self.index: Passages
        self._found: tuple[Candidate, ...]
        self._finder: Exact | Wide
        texts: Texts
        self.meaning = Meaning(faq, encoder, settings.cache, progress) if encoder else None
        if opened:
            texts = self._finder = wide = Wide(*opened, relations, self.meaning)
            self.index, self._found, self._composer = opened[1], (), Composer(relations, wide.relations)
            self._composer.know({e.span.article for entry in faq.entries for e in entry.evidence} | {s.article for entry in faq.entries for s in entry.nearest})
        else:
            index, sentences = Index(corpus.passages, titled=True), Index(corpus.sentences)
            near = self.meaning.near(index.spans, sentences.spans) if self.meaning else None
            texts, self._finder = AllTexts(corpus, self._home, settings.cache), Exact(index, sentences, faq, near)
            self.index, self._found = index, tuple(candidates.find_safe(corpus, relations, settings.cache))
            self._composer = Composer(candidates.apply(self._found, relations))
        self.matcher = Matcher(faq, settings.cache, self.meaning, progress)
        self._weights = gates.SEMANTIC if self.meaning else gates.LEXICAL
        self._reader = Reader(texts, self.index, lexicon, self._languages, self.vocabulary, self.matcher)
        self._evidence_terms = lru_cache(maxsize=KEPT_ENTRIES)(
            lambda entry_id: tuple(frozenset(terms(e.span.text, e.span.article.language)) for e in faq.by_id[entry_id].evidence)
        )
        self._takes_any_place = lru_cache(maxsize=KEPT_ENTRIES)(self._is_of_any_place)
        self._openers = [e for e in faq.entries if not e.known_unknown][:MOST_FOLLOW_UPS]
        self.semantic = self.meaning.name if self.meaning else None
        self._kept: OrderedDict[Asked, Answer] = OrderedDict()
        self._sources = Sources(corpus.sha256, len(corpus.articles), __version__, faq.sha256, self.index.engine, self.semantic)

    @classmethod
    def load(cls, settings: config.Settings, progress: Progress | None = None) -> Assistant:
        """Read the files that `settings` names. Raises CorpusError or FaqError with all that is broken.

        `progress` is told how far the learning of new phrasings has come, then or at the first question.
        """
        check_meaning(settings)
        opened = open_edition(settings)
        corpus = opened[0].corpus if opened else load_corpus(settings.corpus, empty=False)[0]
        relations, _ = load_relations(corpus)
        lexicon = load_lexicon(corpus, settings.cache)
        faq = load_faq(settings.faq, corpus, settings.cache) if settings.faq else Faq()
        return cls(corpus, faq, relations, lexicon, settings, find_encoder() if settings.semantic else None, progress, opened)

    def prepare(self) -> None:
        """Do now what else the first questions would wait for."""
        self.matcher.prepare()
        self._languages.prepare()
        calendar_names(self._home, self.settings.cache)
        self.ask("")

    def ask(self, question: str, *, language: str | None = None, until: datetime.date | None = None) -> Answer:
        """The answer to `question`: the same for the same words, language, date and files; those asked for last are kept.

        Never raises for any text; SearchError where a cluster that searches is away and the FAQ does not answer.
        """
        return next(self.ask_all([(question, language, until)]))

    def ask_all(self, asked: Sequence[Asked]) -> Iterator[Answer]:
        """The answer to each of several, as `ask` gives it; some are answered sooner together, since each step is done for all of them before the next.

        Raises SearchError in the place of the answer that a cluster is needed for.
        """
        found: dict[Asked, Answer | SearchError] = {}
        running: dict[Asked, Generator[None, None, Trace]] = {}
        for key in asked:
            if kept := self._kept.get(key):
                found[key] = kept
                with contextlib.suppress(KeyError):
                    self._kept.move_to_end(key)
            else:
                running[key] = self._explained(*key, briefly=True)
        while running:
            for key, steps in list(running.items()):
                try:
                    next(steps)
                except SearchError as error:
                    found[key] = error
                except StopIteration as end:
                    found[key] = end.value.answer
                    self._keep(key, end.value.answer)
                else:
                    continue
                del running[key]
        for key in asked:
            answer = found[key]
            if isinstance(answer, SearchError):
                raise answer
            yield answer

    def _keep(self, key: Asked, answer: Answer) -> None:
        if len(key[0]) <= LONGEST:
            self._kept[key] = answer
            if len(self._kept) > KEPT_ANSWERS:
                self._kept.popitem(last=False)

    def search(self, query: str, k: int = 10) -> list[Hit]:
        """The ranking of passages alone, no gate applied."""
        return self.index.rank(self._reader.read(query).terms, k) if len(query) <= LONGEST else []

    def candidates(self, question: str) -> list[Span]:
        """The sentences that most likely answer `question`, best first, without a look at the FAQ's phrasings."""
        return [s.span for s in self._finder.select(self._reader.read(question))] if len(question) <= LONGEST else []

    def explain(self, question: str, *, language: str | None = None, until: datetime.date | None = None) -> Trace:
        """As `ask`, worked out anew and with what was weighed on the way."""
        steps = self._explained(question, language, until, briefly=False)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]

    def _explained(self, question: str, language: str | None, until: datetime.date | None, *, briefly: bool) -> Generator[None, None, Trace]:
        """Step by step; where `briefly`, only what the answer depends on is worked out."""
        typed = shown(question)
        if not typed.strip():
            return Trace(self._refusal(typed, language or "und", Reason.EMPTY, until))
        if len(typed) > LONGEST:
            return Trace(self._refusal(typed, language or "und", Reason.TOO_LONG, until))
        asked = self._reader.read(typed, language)
        yield
        likeness = self.matcher.likeness(asked.text, asked.language)
        yield
        matches = self.matcher.rank(asked.text, asked.language, self._finder.strengths(asked.terms), briefly=briefly, likeness=likeness)
        del likeness
        yield
        knowledge = self._knowledge(asked, matches)
        yield
        decision = gates.settled(asked, matches, knowledge, self._weights) if briefly else None
        selected: list[Selected] = []
        if not decision:
            selected, away = self._select(asked, 1 if briefly and not self.semantic else MOST)
            yield
            decision = gates.decide(asked, matches, selected, knowledge, self._weights)
            if away and decision.entry is None and not decision.reviewed:
                raise away
        answer = self._answer(asked, decision, until)
        if answer.status is not Status.ANSWERED and knowledge.strange:
            answer = replace(answer, strange_language=True)
        return Trace(answer, asked, tuple(matches), tuple(selected), decision, self._found)

    def _select(self, asked: Question, most: int) -> tuple[list[Selected], SearchError | None]:
        """At most `most` of the sentences found, and what kept the search from finding any: what the FAQ says is in memory all the same."""
        try:
            return self._finder.select(asked, most), None
        except SearchError as error:
            return [], error

    def compose(self, entry: Entry, *, until: datetime.date | None = None, status: bool = False) -> tuple[Quote, ...]:
        """The quotes that an entry answers with; `status` where the question is how things stand."""
        return self._composed(self._evidence(entry, status), until, status).quotes

    def compose_search(self, spans: tuple[Span, ...]) -> tuple[Quote, ...]:
        """The quotes that a search answers with."""
        return self._composer.compose(self._with_other_sides(spans)).quotes

    def answer_with(self, question: str, evidence: Sequence[Evidence]) -> Answer:
        """The answer that an entry with this evidence would give to `question`."""
        typed = shown(question)
        composed = self._composer.compose(evidence)
        language = self._reader.read(typed).language
        return Answer(typed, language, Status.ANSWERED, self._sources, None, gates.EXACT, quotes=composed.quotes, disputes=composed.disputes)

    def _knowledge(self, asked: Question, matches: list[Match]) -> gates.Knowledge:
        content = content_words(asked.text, asked.language)
        in_faq = tuple(w for w in content if self.vocabulary.knows(w, asked.language))
        in_corpus = tuple(t for t in asked.terms if self.index.holds(t))
        topic = self._topic.likelihood(content, asked.language)
        strange = not in_faq and self._is_strange(asked)
        entry = next((m.entry for m in matches if not m.entry.known_unknown), None)
        if entry is None:
            return gates.Knowledge(content, in_faq, in_corpus, 0.0, topic=topic, strange=strange)
        any_place = asked.foreign and self._takes_any_place(entry.id, asked.language)
        return gates.Knowledge(content, in_faq, in_corpus, self._share(asked, entry), any_place, topic, strange)

    def _is_strange(self, asked: Question) -> bool:
        """True where a question is surely in a language that the files do not have, and shares none but names with the articles."""
        shared = any(self.vocabulary.common(word, self._home) for word in words(asked.text) if self.index.holds(stem(word, self._home)))
        return not shared and self._languages.is_strange(asked.typed, asked.language)

    def _is_of_any_place(self, entry: str, language: str) -> bool:
        """True where a good part of an entry's phrasings name places that no source mentions."""
        phrasings = [text for tongue, text in self.faq.by_id[entry].phrasings if tongue == language]
        strange = sum(self._reader.names_strange_place(text, language) for text in phrasings)
        return strange >= ANY_PLACE * max(len(phrasings), 1)

    def _share(self, asked: Question, entry: Entry) -> float:
        """Share of the information (idf) of what is asked about that an entry's evidence or its phrasings in that language have; 0 where nothing is asked."""
        evidence = self._evidence_terms(entry.id)
        about = tuple(t for t in asked.terms if t not in asked.when) or asked.terms
        return self._held(about, {t for t in about if any(t in found for found in evidence) or self.vocabulary.phrases(entry, t, asked.language)})

    def _held(self, about: tuple[str, ...], held: Container[str]) -> float:
        """Share of the information (idf) of these terms that are among those held; 0 where there are none."""
        total = sum(map(self.index.idf, about))
        return sum(self.index.idf(t) for t in about if t in held) / total if total else 0.0

    def _answer(self, asked: Question, decision: gates.Decision, until: datetime.date | None) -> Answer:
        entry, reason = decision.entry, decision.reason
        if reason is None:
            if entry:
                composed = self._composed(self._led(entry, asked), until, asked.about_status)
            else:
                composed = self._composer.compose(self._with_other_sides(decision.spans), until=until)
            if composed.quotes:
                return self._made(asked, Status.ANSWERED, None, decision, until, quotes=composed.quotes, disputes=composed.disputes, entry=entry)
            reason = Reason.NOT_STATED
        listing = self._reader.listing if asked.foreign and reason is Reason.NOT_MENTIONED else None
        nearest = self._composer.nearest(decision.spans if listing is None else listing, until=until)
        status = Status.NEAREST if nearest else Status.ABSTAINED
        return self._made(asked, status, reason, decision, until, nearest=nearest, entry=None)

    def _composed(self, evidence: Sequence[Evidence], until: datetime.date | None, about_status: bool) -> Composition:
        return self._composer.compose(evidence, until=until, status=about_status and sum(e.role is Role.ANSWER for e in evidence) > 1)

    def _led(self, entry: Entry, asked: Question) -> list[Evidence]:
        """An entry's evidence, led by a quote that holds LEADS more of what is asked beyond the entry's own question than the first one, which then takes its role.

        Where the question is how things stand, or some evidence is earlier, the newest leads all the same.
        """
        evidence = self._evidence(entry, asked.about_status)
        if asked.about_status or len(evidence) == 1 or any(e.role is Role.EARLIER for e in evidence):
            return evidence
        own = terms(entry.question, "en")
        held = [self._held(asked.terms, found.difference(own)) for found in self._evidence_terms(entry.id)]
        best = max((n for n, e in enumerate(evidence) if e.role is not Role.CAVEAT), key=held.__getitem__, default=0)
        if held[best] - held[0] < LEADS:
            return evidence
        lead, first = evidence.pop(best), evidence.pop(0)
        return [Evidence(lead.span, Role.ANSWER), Evidence(first.span, lead.role), *evidence]

    def _evidence(self, entry: Entry, about_status: bool) -> list[Evidence]:
        """An entry's evidence; where the question is how things stand and a newer statement supersedes the lead, that comes first."""
        newer = self._composer.newer(entry.evidence[0].span)[:1] if about_status else []
        if not newer or any(e.span.overlaps(newer[0]) for e in entry.evidence):
            return list(entry.evidence)
        return [Evidence(newer[0], Role.ANSWER), *(Evidence(e.span, Role.EARLIER if e.role is Role.ANSWER else e.role) for e in entry.evidence)]

    def _with_other_sides(self, spans: tuple[Span, ...]) -> list[Evidence]:
        """Evidence from a search: what supersedes the lead first, then the lead, then the other sides of its dispute."""
        lead = spans[0]
        newer = list(self._composer.newer(lead)[:1])
        evidence = [Evidence(s, Role.ANSWER) for s in newer] + [Evidence(lead, Role.EARLIER if newer else Role.ANSWER)]
        evidence += [Evidence(s, Role.CONTEXT) for s in spans[1:]]
        return evidence + [Evidence(s, Role.OTHER_SIDE) for s in self._composer.other_sides(lead)]

    def _made(
        self,
        asked: Question,
        status: Status,
        reason: Reason | None,
        decision: gates.Decision,
        until: datetime.date | None,
        *,
        entry: Entry | None,
        **parts: object,
    ) -> Answer:
        prompt, follow_ups = self._follow_ups(asked.language, entry, decision.suggestions, until)
        return Answer(
            asked.typed,
            asked.language,
            status,
            self._sources,
            reason,
            decision.confidence,
            entry.id if entry else None,
            asked.absent,
            asked.searched_as,
            follow_ups=follow_ups,
            until=until,
            reviewed=decision.reviewed,
            prompt=prompt,
            **parts,  # type: ignore[arg-type]
        )

    def _follow_ups(
        self, language: str, entry: Entry | None, suggestions: tuple[Entry, ...], until: datetime.date | None
    ) -> tuple[str | None, tuple[FollowUp, ...]]:
        """What the bot asks back and the choices; else None and related entries. Nothing is offered that had no answer by `until`."""

        def answers(other: Entry) -> bool:
            return any(known_by(e.span, until) for e in other.evidence)

        if entry and entry.asks_back:
            asked = [(c, self.matcher.exact(c.ask)) for c in entry.asks_back.choices]
            choices = [FollowUp(c.label.get(language, c.label["en"]), c.ask) for c, known in asked if known is None or answers(known[1])]
            if choices:
                return entry.asks_back.prompt.get(language, entry.asks_back.prompt["en"]), tuple(choices[: MOST_FOLLOW_UPS + 1])
        related = [self.faq.by_id[r] for r in entry.related] if entry else list(suggestions) or self._openers
        return None, tuple(FollowUp(e.title(language), e.title(language)) for e in related if answers(e))[: MOST_FOLLOW_UPS + 1]

    def _refusal(self, typed: str, language: str, reason: Reason, until: datetime.date | None) -> Answer:
        return Answer(
            typed,
            language,
            Status.ABSTAINED,
            self._sources,
            reason,
            until=until,
            follow_ups=self._follow_ups(language, None, (), until)[1],
        )
