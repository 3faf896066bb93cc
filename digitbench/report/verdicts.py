"""The verdicts of a comparison in words, the same in the terminal, in HTML and in Markdown."""

from collections.abc import Iterable, Sequence

from digitbench.analysis.comparison import Comparison, Place, Ranked
from digitbench.analysis.pairs import Pair
from digitbench.analysis.significance import DifferenceTest, Verdict
from digitbench.report import formatting
from digitbench.report.populations import on, population_of

SMOKE_RUN = (
    "SMOKE RUN (--quick): one trial on a small part of the data shows that the models run. The "
    "figures say nothing about how good they are."
)
_FEW_PAIRS = 3


def summary_sentences(comparison: Comparison) -> list[str]:
    """Say who wins, by how much and how sure that is, in a handful of sentences.

    Args:
        comparison: of one model or more.
    """
    models = comparison.models
    if not models:
        return ["No model has a trial that succeeded."]
    if _is_smoke_run(comparison):
        return [SMOKE_RUN]
    if len(models) == 1:
        return [_alone(models[0])]
    sentences = [_best_sentence(comparison)]
    told = on(population_of(comparison)) in sentences[0].replace("On new", "on new")
    worse, lead = _at(comparison, Place.WORSE), None
    if worse:
        lead = comparison.pair(models[0].outcomes.label, worse[0])
        sentences.append(pair_sentence(lead, told=told))
    others = (pair for pair in comparison.pairs if pair is not lead)
    sentences.extend(_open_sentences(others, told=told or lead is not None))
    if any(pair.population.p_value is None for pair in comparison.pairs):
        sentences.append("With one trial the spread over seeds is unknown: run more trials.")
    return sentences


def _at(comparison: Comparison, place: Place) -> list[str]:
    """Return the labels of the models at a place."""
    return [model.outcomes.label for model in comparison.models if model.place is place]


def _none_better(comparison: Comparison) -> bool:
    return all(
        pair.population.p_value is not None and pair.population.verdict is not Verdict.BETTER
        for pair in comparison.pairs
    )


def _is_smoke_run(comparison: Comparison) -> bool:
    return comparison.models[0].outcomes.dataset.quick


def pair_sentence(pair: Pair, *, told: bool = False) -> str:
    """Say what holds of two models on new digits, in one sentence.

    Args:
        pair: the models.
        told: whether a sentence before has said which digits that is about.
    """
    first, second, claim = pair.first.label, pair.second.label, pair.population
    where = "" if told else f"{capital(on(claim.population))}, "
    if claim.verdict is Verdict.BETTER:
        return (
            f"{where}{first} is better than {second}: it gets {_images(pair)} right "
            f"({points_with_interval(pair.difference, claim)}, {p_words(claim)})."
        )
    apart = f"{where}{first} and {second} cannot be told apart"
    if claim.p_value is None:
        return f"{apart}: with one trial the spread over seeds is unknown. Run more trials."
    seen = f"{_images(pair)} right for {first}" if pair.difference else "equally many right"
    found = f"{apart}: {seen} ({points_with_interval(pair.difference, claim)}, {p_words(claim)})."
    return f"{found} {what_would_settle(pair)}"


def seeds_only_sentence(pair: Pair) -> str:
    """Say what holds of two models on this test set, which asks for less."""
    first, second, claim = pair.first.label, pair.second.label, pair.test_set
    resampled = {pair.first.training_overlap, pair.second.training_overlap} != {None}
    start = f"On this test set ({'training samples' if resampled else 'seeds'} only)"
    if pair.first.exact and pair.second.exact:
        if not pair.difference:
            return f"{start}, both get equally many images right: neither depends on its seed."
        return f"{start}, {first} is better: neither model depends on its seed."
    if claim.p_value is None:
        return f"{start}, nothing can be said: with one trial the spread over seeds is unknown."
    figures = f"{points_with_interval(pair.difference, claim)}, {p_words(claim)}"
    if claim.verdict is Verdict.BETTER:
        return f"{start}, {first} is better than {second} ({figures})."
    return f"{start}, they cannot be told apart either ({figures})."


def points_with_interval(difference: float, claim: DifferenceTest) -> str:
    """Write a difference in percentage points with its interval."""
    text = f"{formatting.signed_points(difference)} points"
    if claim.interval is None:
        return text
    return f"{text}, interval {formatting.signed_interval(claim.interval)}"


def interval_and_p(claim: DifferenceTest) -> str:
    """Write how sure a difference is: `interval +0.83 to +4.81, p = 0.002`."""
    if claim.interval is None:
        return p_words(claim)
    return f"interval {formatting.signed_interval(claim.interval)}, {p_words(claim)}"


def p_words(claim: DifferenceTest) -> str:
    """Write the p-value of a claim: `p = 0.013`; `adjusted p < 0.0001` among several pairs."""
    if claim.p_adjusted is None or claim.p_value is None:
        return "p unknown"
    name = "adjusted p" if claim.p_adjusted > claim.p_value else "p"
    return p_text(claim.p_adjusted, name)


def p_text(probability: float, name: str = "p") -> str:
    """Write a p-value with its name: `p = 0.013`, `p < 0.0001`."""
    value = formatting.p_value(probability)
    return f"{name} {value}" if value.startswith("<") else f"{name} = {value}"


def _alone(model: Ranked) -> str:
    label, sure = model.outcomes.label, model.uncertainty
    text = f"{label} gets {formatting.percent(sure.mean)} % right"
    if sure.interval is None:
        return f"{text}; with one trial the spread over seeds is unknown."
    low, high = map(formatting.percent, sure.interval)
    return f"{text}; {on(sure.population)}, between {low} and {high} %."


def _best_sentence(comparison: Comparison) -> str:
    """Say which model is the best, and which may be as good."""
    count, best = len(comparison.models), comparison.models[0]
    alike, label = _at(comparison, Place.NOT_WORSE), best.outcomes.label
    where = on(population_of(comparison))
    if _none_better(comparison):
        names = listed([label, *alike])
        return (
            f"{capital(where)}, no model is better than another: {names} cannot be told apart by "
            "these trials."
        )
    accuracy = formatting.percent(best.uncertainty.mean)
    untested = _at(comparison, Place.UNKNOWN)
    if not alike and not untested:
        return f"{capital(where)}, {label} is the best of {count} models: {accuracy} % right."
    text = f"{label} has the highest mean accuracy of {count} models, {accuracy} %"
    if alike:
        text += f"; {where}, {listed(alike)} {_is(alike)} not significantly worse"
    if untested:
        text += f"; {listed(untested)} {_is(untested)} not tested against it"
    return f"{text}."


def _is(labels: Sequence[str]) -> str:
    return "is" if len(labels) == 1 else "are"


def capital(text: str) -> str:
    """Write the first letter of a sentence as a capital."""
    return text[:1].upper() + text[1:]


def _open_sentences(pairs: Iterable[Pair], *, told: bool) -> list[str]:
    """Say which pairs cannot be told apart, of those about which anything is known."""
    found = [
        pair
        for pair in pairs
        if pair.population.verdict is not Verdict.BETTER and pair.population.p_value is not None
    ]
    sentences = [
        pair_sentence(pair, told=told or place > 0) for place, pair in enumerate(found[:_FEW_PAIRS])
    ]
    if len(found) > _FEW_PAIRS:
        sentences.append(f"{len(found) - _FEW_PAIRS} more pairs cannot be told apart.")
    return sentences


def what_would_settle(pair: Pair) -> str:
    """Say what would tell two models apart that these trials do not; empty if nothing would."""
    if not pair.difference:
        return "More trials may show a difference, if there is one." if not pair.first.exact else ""
    if pair.trials_needed is not None:
        return f"About {pair.trials_needed:,} trials of each would settle it, if means stay so."
    if pair.groups_needed is not None:
        return (
            f"More trials would not settle it: it would take about {pair.groups_needed:,} "
            f"{group_words(pair)}."
        )
    return "More trials would not settle it."


def group_words(pair: Pair) -> str:
    """Name what a test set is made of: `test images`, or `writers` if its images have some."""
    return "test images" if pair.group_name is None else f"{pair.group_name}s"


def _images(pair: Pair) -> str:
    """Write a difference as images of the test set: `12.4 more of 10,000 images`."""
    images = len(pair.first.labels)
    return f"{formatting.images(pair.difference * images)} more of {images:,} images"


def listed(labels: Sequence[str]) -> str:
    """List names: `a`, `a and b`, `a, b and c`."""
    *most, last = labels
    return f"{', '.join(most)} and {last}" if most else last
