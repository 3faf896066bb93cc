"""The answer of a run in a few sentences of fixed length, the same words wherever it is shown.

The terminal, Python, the HTML page, Markdown and JSON all begin with it. It grows with neither the
number of models nor that of pairs: more than two names become a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from digitbench.analysis.choice import choose
from digitbench.analysis.comparison import Comparison, Place
from digitbench.analysis.summary import ModelSummary
from digitbench.metrics import FIT, LATENCY
from digitbench.report import formatting
from digitbench.report.labels import short_labels
from digitbench.report.populations import on, population_of
from digitbench.report.verdicts import capital, interval_and_p, what_would_settle

SMOKE_RUN = "SMOKE RUN (--quick): one trial on a small part of the data shows that the models run."
SMOKE_RUN_MEANING = "The figures say nothing about how good they are."
ONE_TRIAL = "with one trial the spread over seeds is unknown. Run more trials."
_NAME_WIDTH = 40
"""A name that is longer than so many characters is cut in the middle."""
_MOST_NAMES = 2
PLACE_WORDS = {
    Place.BEST: "best",
    Place.NOT_WORSE: "tied",
    Place.WORSE: "worse",
    Place.UNKNOWN: "not tested",
}
"""How a model stands to the best, in the word that every table has."""


class Answer(StrEnum):
    """What a run comes to.

    Members:
        NONE: no trial succeeded.
        SMOKE_RUN: it was a smoke run, whose figures say nothing.
        ONE_MODEL: a single model has a trial that succeeded; it is not the best of anything.
        BEST: one model is better than each other one.
        TIED: one model has the highest mean, and others are not significantly worse.
        NOT_TESTED: one model has the highest mean, and another was not tested against it.
    """

    NONE = "none"
    SMOKE_RUN = "smoke run"
    ONE_MODEL = "one model"
    BEST = "best"
    TIED = "tied"
    NOT_TESTED = "not tested"


@dataclass(frozen=True)
class Headline:
    """The answer of a run.

    Labels are full ones; the sentences name models by their short labels (`short_labels`).

    Attributes:
        answer: what the run comes to.
        title: who is best, or how many are tied; one sentence without a full stop.
        certainty: by how much and how sure that is; one or two sentences, or empty.
        recommendation: which model to take and what it costs; one sentence, or empty.
        best: the model with the highest mean; None if no trial succeeded, or in a smoke run.
        tied: the models that are not significantly worse than it, by mean accuracy.
        worse: those that are.
        untested: those that no test against it was possible of.
        cheapest: the cheapest of the best and those tied with it (as `digitbench choose` says);
            None where nothing is tied.
    """

    answer: Answer
    title: str
    certainty: str = ""
    recommendation: str = ""
    best: str | None = None
    tied: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    untested: tuple[str, ...] = ()
    cheapest: str | None = None

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that is said, each part with its full stop; empty ones are left out."""
        title = self.title if self.title.endswith(".") else f"{self.title}."
        return tuple(filter(None, (title, self.certainty, self.recommendation)))


def headline(models: Sequence[ModelSummary], comparison: Comparison) -> Headline:
    """Say who is best, by how much, how sure that is, and which model to take.

    Args:
        models: all models of the run, those without a trial that succeeded too.
        comparison: of those that have one.
    """
    if not comparison.models:
        return Headline(Answer.NONE, "No model has a trial that succeeded")
    if comparison.models[0].outcomes.dataset.quick:
        return Headline(Answer.SMOKE_RUN, SMOKE_RUN, SMOKE_RUN_MEANING)
    return _Writer(models, comparison).headline()


def are_ranked(comparison: Comparison) -> bool:
    """Tell whether one model is set against another; a smoke run says nothing of that."""
    models = comparison.models
    return len(models) > 1 and not models[0].outcomes.dataset.quick


def place_words(comparison: Comparison) -> dict[str, str]:
    """Return how each model stands to the best, by its label: the word that every table has.

    A single model is the best of nothing, and has no word.
    """
    if len(comparison.models) == 1:
        return {comparison.models[0].outcomes.label: ""}
    return {model.outcomes.label: PLACE_WORDS[model.place] for model in comparison.models}


def short_verdict(comparison: Comparison) -> str:
    """Say who is best in a few words, for a line in a list."""
    if not comparison.models:
        return "no trial succeeded"
    best = comparison.models[0]
    if best.outcomes.dataset.quick:
        return "smoke run"
    names = short_labels(model.outcomes.label for model in comparison.models)
    name = names[best.outcomes.label]
    if len(names) == 1:
        return f"{name} {formatting.percent(best.uncertainty.mean)} %"
    if any(model.place is Place.UNKNOWN for model in comparison.models):
        return f"{name} has the highest mean"
    tied = [
        name,
        *(names[m.outcomes.label] for m in comparison.models if m.place is Place.NOT_WORSE),
    ]
    if len(tied) == 1:
        return f"{name} is best"
    some = " and ".join(tied) if len(tied) <= _MOST_NAMES else f"{len(tied)} of {len(names)} models"
    return f"{some} are tied"


class _Writer:
    """Writes the headline of a run whose figures say something."""

    def __init__(self, models: Sequence[ModelSummary], comparison: Comparison) -> None:
        self._models = models
        self._comparison = comparison
        self._names = short_labels(model.planned.label for model in models)
        self._means = {m.outcomes.label: m.uncertainty.mean for m in comparison.models}
        self._best = comparison.models[0].outcomes.label
        self._tied = self._at(Place.NOT_WORSE)
        self._worse = self._at(Place.WORSE)
        self._untested = self._at(Place.UNKNOWN)
        self._where = on(population_of(comparison))

    def headline(self) -> Headline:
        """Return the headline."""
        answer, title, certainty = self._said()
        cheapest = self._cheapest() if answer is Answer.TIED else None
        return Headline(
            answer=answer,
            title=title,
            certainty=certainty,
            recommendation=self._recommendation(cheapest),
            best=self._best,
            tied=self._tied,
            worse=self._worse,
            untested=self._untested,
            cheapest=cheapest,
        )

    def _said(self) -> tuple[Answer, str, str]:
        """Return the answer, who is best, and how sure that is."""
        if len(self._means) == 1:
            return Answer.ONE_MODEL, self._one_model(), self._interval()
        best, right = self._name(self._best), self._right(self._best)
        if self._untested:
            title = f"{best} has the highest mean of {self._those_that_ran()}: {right}"
            return Answer.NOT_TESTED, title, self._not_tested()
        if self._tied:
            return Answer.TIED, f"{self._who_is_tied()}: {self._range()}", self._tie()
        title = f"{best} is the best of {self._those_that_ran()}: {right}"
        return Answer.BEST, title, self._lead()

    def _one_model(self) -> str:
        name, right, total = self._name(self._best), self._right(self._best), len(self._models)
        if total == 1:
            return f"{name} gets {right}"
        return f"{name} is the only one of {total} models that ran: {right}"

    def _interval(self) -> str:
        """Say between which values the accuracy of a single model is."""
        interval = self._comparison.models[0].uncertainty.interval
        if interval is None:
            return capital(ONE_TRIAL)
        low, high = map(formatting.percent, interval)
        return f"{capital(self._where)}, between {low} and {high} % (95 % interval)."

    def _lead(self) -> str:
        """Say how far the best is ahead of the next one."""
        second = self._comparison.models[1].outcomes.label
        pair = self._comparison.pair(self._best, second)
        return (
            f"{capital(self._where)}, it is {formatting.points(pair.difference)} points ahead of "
            f"{self._name(second)} ({interval_and_p(pair.population)})."
        )

    def _who_is_tied(self) -> str:
        labels, ran = (self._best, *self._tied), len(self._means)
        if len(labels) <= _MOST_NAMES:
            tied = f"{self._listed(labels)} are tied"
            if ran == len(self._models) == len(labels):
                return tied
            return f"{tied} for best of {self._those_that_ran()}"
        if ran < len(self._models):
            return f"{len(labels)} models are tied for best of {self._those_that_ran()}"
        some = f"All {ran}" if ran == len(labels) else f"{len(labels)} of {ran}"
        return f"{some} models are tied for best"

    def _range(self) -> str:
        """Write the accuracies of the models that are tied: of both, or the lowest and highest."""
        labels = (self._best, *self._tied)
        if len(labels) <= _MOST_NAMES:
            return f"{' and '.join(formatting.percent(self._means[one]) for one in labels)} % right"
        ends = (self._means[self._tied[-1]], self._means[self._best])
        return f"{' to '.join(map(formatting.percent, ends))} % right"

    def _tie(self) -> str:
        """Say what the tie is: what is known of two models, or what all have in common."""
        best = self._name(self._best)
        if len(self._tied) == 1:
            pair = self._comparison.pair(self._best, self._tied[0])
            ahead = f"{best} is {formatting.points(pair.difference)} points ahead, which is not"
            seen = f"{ahead} significant" if pair.difference else "both get equally many right"
            claim = f"{capital(self._where)}, {seen} ({interval_and_p(pair.population)})."
            return _joined(claim, what_would_settle(pair), self._are(self._worse, "worse"))
        claim = (
            f"{capital(self._where)}, the others are not significantly worse than {best}, "
            "which has the highest mean."
        )
        return _joined(claim, self._are(self._worse, "worse"))

    def _not_tested(self) -> str:
        """Say which models were not tested against the best, and how the others stand to it."""
        were = "was" if len(self._untested) == 1 else "were"
        where = capital(self._where)
        alike = self._are(self._tied, "not significantly worse")
        return _joined(
            f"{self._listed(self._untested)} {were} not tested against it: {ONE_TRIAL}",
            alike and f"{where}, {alike}",
            self._are(self._worse, "worse"),
        )

    def _recommendation(self, cheapest: str | None) -> str:
        label = self._best if cheapest is None else cheapest
        model = next(model for model in self._models if model.planned.label == label)
        costs = [
            f"{name} {formatting.amount(metric.unit, figure)}"
            for name, metric in (("fit", FIT), ("latency", LATENCY))
            if (figure := model.figure(metric)) is not None
        ]
        if not costs:
            return ""
        what = "Cost of " if cheapest is None else "Cheapest of the tie: "
        return f"{what}{self._name(label)}{':' if cheapest is None else ','} {', '.join(costs)}."

    def _cheapest(self) -> str:
        cheapest = choose(self._models, self._comparison, {}).cheapest
        return self._best if cheapest is None else cheapest.planned.label

    def _those_that_ran(self) -> str:
        ran, total = len(self._means), len(self._models)
        return f"{ran} models" if ran == total else f"the {ran} of {total} models that ran"

    def _at(self, place: Place) -> tuple[str, ...]:
        return tuple(m.outcomes.label for m in self._comparison.models if m.place is place)

    def _right(self, label: str) -> str:
        return f"{formatting.percent(self._means[label])} % right"

    def _name(self, label: str) -> str:
        """Return the name of a model, cut in the middle if it is very long."""
        name = self._names[label]
        if len(name) <= _NAME_WIDTH:
            return name
        kept = (_NAME_WIDTH - 1) // 2
        return f"{name[:kept]}\N{HORIZONTAL ELLIPSIS}{name[-kept:]}"

    def _listed(self, labels: Sequence[str]) -> str:
        """Name one or two models; count more."""
        if len(labels) > _MOST_NAMES:
            return f"{len(labels)} models"
        return " and ".join(map(self._name, labels))

    def _are(self, labels: Sequence[str], what: str) -> str:
        """Say what models are; nothing of none."""
        if not labels:
            return ""
        return f"{self._listed(labels)} {'is' if len(labels) == 1 else 'are'} {what}."


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
