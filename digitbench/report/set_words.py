"""What further test sets say, in words: the same in the terminal, in HTML and in Markdown."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from digitbench.analysis.comparison import Comparison, Place
from digitbench.analysis.disputed import DisputedLabels, disputed_labels
from digitbench.analysis.set_analysis import SetAnalysis, SetsAnalysis
from digitbench.analysis.set_drops import Drop, compare_drops, drops_of
from digitbench.analysis.set_verdicts import (
    Change,
    ChangedVerdict,
    better,
    changed_verdicts,
    wins_of,
)
from digitbench.report import formatting
from digitbench.report.labels import short_labels
from digitbench.report.verdicts import capital, listed

_MOST_NAMES = 2
_MOST_CONDITIONS = 3
ADD_PREDICTIONS = "digitbench test adds them where the trained model was kept"


@dataclass(frozen=True)
class SetSentences:
    """What a further test set says.

    Attributes:
        test_set: the set's label.
        sentences: one to four; models have their short labels (`short_labels`).
    """

    test_set: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it, after the set's label."""
        return f"{self.test_set}: {' '.join(self.sentences)}"


def set_sentences(analysis: SetsAnalysis) -> tuple[SetSentences, ...]:
    """Say for each further test set who is best, and whether the test images said the same.

    Nothing is said of a smoke run.

    Args:
        analysis: of a run.
    """
    models = analysis.test.models
    if not models or models[0].outcomes.dataset.quick:
        return ()
    writer = _Writer(analysis)
    return tuple(
        SetSentences(found.label, sentences)
        for found in analysis.loaded
        if (sentences := tuple(writer.sentences(found)))
    )


def set_failure_sentences(analysis: SetsAnalysis) -> tuple[str, ...]:
    """Say which sets could not be loaded, and which trials have no predictions of a set."""
    said = []
    for found in analysis.sets:
        if found.planned.error is not None:
            said.append(f"{found.label} was left out: {found.planned.error}")
        by_reason = Counter((failure.model, failure.error) for failure in found.failures)
        for (model, error), count in by_reason.items():
            trials = f"{count} {'trial has' if count == 1 else 'trials have'}"
            reason = error or ADD_PREDICTIONS
            said.append(f"{model}: {trials} no predictions of {found.label} ({reason})")
    return tuple(said)


class _Writer:
    """Writes the sentences about the sets of a run."""

    def __init__(self, analysis: SetsAnalysis) -> None:
        self._test = analysis.test
        labels = [model.outcomes.label for model in analysis.test.models]
        self._names = short_labels(labels)
        self._top = labels[0]

    def sentences(self, found: SetAnalysis) -> Iterator[str]:
        """Yield the sentences about a set."""
        if found.of_test:
            disputed = disputed_labels(found, self._test)
            if disputed is not None:
                yield from self._disputed(found, disputed)
                return
        is_contest = any(len(one.models) > 1 for one in found.comparisons.values())
        if len(found.by_name) > 1 and is_contest:
            yield self._wins(found)
        elif found.mean is not None:
            yield self._who(found.mean)
            drops = {drop.label: drop for drop in drops_of(found, found.test)}
            ahead = self._loses_more_than(drops) if _is_alike(found) else []
            yield from self._order(found, is_owed=bool(ahead))
            yield from self._drops(drops)
            if ahead:
                yield (
                    f"{self._names[self._top]} loses more than {self._some(ahead)}, as a model "
                    "that was tuned to the test images would."
                )

    def _who(self, comparison: Comparison) -> str:
        """Say who is best on a set."""
        models = comparison.models
        best = models[0].outcomes.label
        right = f"{formatting.percent(models[0].uncertainty.mean)} % right"
        if len(models) == 1:
            return f"{self._names[best]} gets {right}."
        if any(model.place is Place.UNKNOWN for model in models):
            return f"{self._names[best]} has the highest mean, {right}."
        tied = [model.outcomes.label for model in models if model.place is not Place.WORSE]
        if len(tied) > 1:
            return f"{self._some(tied)} are tied for best."
        also = _alone(self._test) == best
        return f"{self._names[best]} is best{', as on the test images' if also else ''}: {right}."

    def _order(self, found: SetAnalysis, *, is_owed: bool) -> Iterator[str]:
        """Say whether verdicts of the test images hold, and what that says of these.

        Args:
            found: the set.
            is_owed: whether the best model loses so much that its lead may be owed to them.
        """
        now = found.mean
        there = {model.outcomes.label for model in now.models} if now else set()
        told = [
            pair
            for pair in self._test.pairs
            if better(pair) and {pair.first.label, pair.second.label} <= there
        ]
        if now is None or not told:
            return
        changes = [c for c in changed_verdicts(self._test, now) if c.change is not Change.GAINED]
        turned = [c for c in changes if c.change is Change.REVERSED]
        lost = len(changes) - len(turned)
        if turned:
            yield f"{self._turned(turned)}{_used_up(found, holds=False)}."
            return
        if lost == len(told):
            yield "No models that the test images tell apart are told apart here."
            return
        rest = "the other cannot" if lost == 1 else "the others cannot"
        few = f" for {len(told) - lost} of {len(told)} pairs; {rest} be told apart"
        fresh = "" if is_owed else _used_up(found, holds=True)
        yield f"The order of the models holds{few if lost else fresh}."

    def _turned(self, turned: Sequence[ChangedVerdict]) -> str:
        """Say which verdicts are the other way round."""
        if len(turned) > _MOST_NAMES:
            return f"{len(turned)} verdicts are the other way round than on the test images"
        pairs = [
            f"{self._names[c.now.first.label]} is better than {self._names[c.now.second.label]}"
            for c in turned
        ]
        return f"{capital(listed(pairs))}, the other way round than on the test images"

    def _drops(self, drops: Mapping[str, Drop]) -> Iterator[str]:
        """Say what the best model on the test images loses, and what the others lose."""
        own = drops.get(self._top)
        if own is None:
            return
        said = f"{self._names[self._top]} {_loss(own)}"
        others = sorted(drop.drop for label, drop in drops.items() if label != self._top)
        if others:
            which = "the other" if len(others) == 1 else "the others"
            said += f", {which} {_range(others[0], others[-1])}"
        yield f"{said}{_compared(own)}."

    def _loses_more_than(self, drops: Mapping[str, Drop]) -> list[str]:
        """Return the models than which the best one on the test images loses more."""
        return [
            pair.second.label
            for pair in compare_drops([*drops.values()])
            if better(pair) == self._top
        ]

    def _wins(self, found: SetAnalysis) -> str:
        """Say on how many conditions the best model on the test images is best."""
        wins = wins_of(self._top, found.comparisons)
        said = f"{self._names[self._top]} is best on {len(wins.best)} of {wins.count} conditions"
        if wins.tied:
            said += f" and tied on {len(wins.tied)}"
        winners: dict[str, list[str]] = defaultdict(list)
        for condition, winner in wins.beaten:
            winners[winner].append(condition)
        by_count = sorted(winners.items(), key=lambda item: -len(item[1]))
        parts = [
            f"{self._names[winner]} is better on {_conditions(conditions)}"
            for winner, conditions in by_count[:_MOST_NAMES]
        ]
        if rest := sum(len(conditions) for _, conditions in by_count[_MOST_NAMES:]):
            parts.append(f"others on {rest}")
        return f"{'; '.join([said, *parts])}."

    def _disputed(self, found: SetAnalysis, disputed: DisputedLabels) -> Iterator[str]:
        """Say how many errors have a disputed label, and which verdicts hang on them."""
        own = next(errors for errors in disputed.errors if errors.model == self._top)
        yield (
            f"{len(disputed.images):,} labels of test images are disputed, and with them "
            f"{own.disputed} of the {own.errors} errors of {self._names[self._top]}."
        )
        if not disputed.changed:
            if len(self._test.models) > 1:
                yield "No verdict hangs on them."
            return
        said = [
            f"on {found.label}/{condition.planned.key}, {self._becomes(change)}"
            for condition, change in disputed.changed[:_MOST_NAMES]
        ]
        more = len(disputed.changed) - len(said)
        yield f"Verdicts hang on them: {'; '.join(said)}{f'; {more} more' if more else ''}."

    def _becomes(self, change: ChangedVerdict) -> str:
        """Say what becomes of a verdict."""
        first, second = (self._names[m.label] for m in (change.now.first, change.now.second))
        if change.change is Change.LOST:
            return f"{first} and {second} can no longer be told apart"
        other = ", the other way round" if change.change is Change.REVERSED else ""
        return f"{first} is better than {second}{other}"

    def _some(self, labels: Sequence[str]) -> str:
        """Name two models; count more."""
        if len(labels) <= _MOST_NAMES:
            return listed([self._names[label] for label in labels])
        return f"{len(labels)} of {len(self._names)} models"


def _alone(comparison: Comparison) -> str | None:
    """Return the model that is better than each other one."""
    best, *others = comparison.models
    alone = all(model.place is Place.WORSE for model in others)
    return best.outcomes.label if alone else None


def _is_alike(found: SetAnalysis) -> bool:
    """Tell whether a set is a sample as the test images are: of other groups of the same kind."""
    images = found.conditions[0].models[0]
    test = found.test[0].groups
    is_other = found.conditions[0].positions is None
    return is_other and None not in (images.groups, test) and images.groups.name == test.name  # type: ignore[union-attr]


def _used_up(found: SetAnalysis, *, holds: bool) -> str:
    """Say what that means for the test images, of a set that is a sample as they are."""
    if not _is_alike(found):
        return ""
    if holds:
        return ": nothing says that the test images are used up"
    return ": who is better depends on the test images"


def _compared(drop: Drop) -> str:
    """Say which images are compared, if not all."""
    groups = drop.lost.groups
    if not drop.strata or groups is None:
        return ""
    return f"; only the {groups.plural} of {listed(drop.strata)}, whom both have, are compared"


def _loss(drop: Drop) -> str:
    """Say what a model loses or gains from the test images to others."""
    verb = "gains" if drop.drop < 0 else "loses"
    text = f"{verb} {formatting.points(abs(drop.drop))} points"
    if drop.interval is None:
        return text
    low, high = drop.interval
    ends = (-high, -low) if drop.drop < 0 else (low, high)
    chance = ", which may be chance" if low <= 0 <= high else ""
    return f"{text}{chance} (interval {formatting.signed_interval(ends)})"


def _range(low: float, high: float) -> str:
    """Write between what losses lie; a gain has a minus."""
    ends = [formatting.figure(100 * end, 2) for end in (low, high)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _conditions(names: Sequence[str]) -> str:
    """Name a few conditions; count more."""
    if len(names) <= _MOST_CONDITIONS:
        return listed(names)
    return f"{len(names)}, such as {names[0]}"
