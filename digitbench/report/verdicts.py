"""The verdicts of a comparison in words, the same in the terminal, in HTML and in Markdown."""

from collections.abc import Iterable, Sequence

from digitbench.analysis.claims import Claim, Verdict
from digitbench.analysis.comparison import Comparison, Ranked
from digitbench.analysis.pairs import Pair
from digitbench.report import numbers

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
    leaders = [model for model in models if model.rank == 1]
    sentences = [_leaders_sentence(leaders, len(models))]
    rest, lead = [model for model in models if model.rank > 1], None
    if rest:
        lead = comparison.pair(leaders[0].outcomes.label, rest[0].outcomes.label)
        sentences.append(_lead_sentence(lead))
    sentences.extend(_open_sentences(pair for pair in comparison.pairs if pair is not lead))
    if all(pair.broad.p_value is None for pair in comparison.pairs):
        sentences.append("With one trial the spread over seeds is unknown: run more trials.")
    return sentences


def short_verdict(comparison: Comparison) -> str:
    """Say in a few words who wins, for a line in a list."""
    models = comparison.models
    if not models:
        return "no trial succeeded"
    if _is_smoke_run(comparison):
        return "smoke run"
    if len(models) == 1:
        return f"{models[0].outcomes.label} {numbers.percent(models[0].uncertainty.mean)} %"
    leaders = [model.outcomes.label for model in models if model.rank == 1]
    if len(leaders) == 1:
        return f"{leaders[0]} is best"
    if len(leaders) == len(models):
        return "no model is better than another"
    return f"{_names(leaders)} are best, not told apart"


def _is_smoke_run(comparison: Comparison) -> bool:
    return comparison.models[0].outcomes.dataset.quick


def pair_sentence(pair: Pair) -> str:
    """Say what holds of two models on digits like these, in one sentence."""
    first, second, claim = pair.first.label, pair.second.label, pair.broad
    if claim.verdict is Verdict.BETTER:
        return (
            f"{first} is better than {second}: it gets {_images(pair)} right "
            f"({points_with_interval(pair.difference, claim)}, {p_words(claim)})."
        )
    apart = f"{first} and {second} cannot be told apart"
    if claim.p_value is None:
        return f"{apart}: with one trial the spread over seeds is unknown. Run more trials."
    seen = f"{_images(pair)} right for {first}" if pair.difference else "equally many right"
    found = f"{apart}: {seen} ({points_with_interval(pair.difference, claim)}, {p_words(claim)})."
    return f"{found} {_what_would_settle(pair)}"


def narrow_sentence(pair: Pair) -> str:
    """Say what holds of two models on this test set alone, which asks for less."""
    first, second, claim = pair.first.label, pair.second.label, pair.narrow
    resampled = {pair.first.training_overlap, pair.second.training_overlap} != {None}
    start = f"On this test set alone ({'training samples' if resampled else 'seeds'} only)"
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


def points_with_interval(difference: float, claim: Claim) -> str:
    """Write a difference in percentage points with its interval."""
    text = f"{numbers.signed_points(difference)} points"
    if claim.interval is None:
        return text
    return f"{text}, interval {numbers.signed_interval(claim.interval)}"


def p_words(claim: Claim) -> str:
    """Write the p-value of a claim: `p = 0.013`; `adjusted p < 0.0001` among several pairs."""
    value = numbers.p_value(claim.p_adjusted)
    if claim.p_adjusted is None or claim.p_value is None:
        return "p unknown"
    name = "adjusted p" if claim.p_adjusted > claim.p_value else "p"
    return f"{name} {value}" if value.startswith("<") else f"{name} = {value}"


def _alone(model: Ranked) -> str:
    label, sure = model.outcomes.label, model.uncertainty
    text = f"{label} gets {numbers.percent(sure.mean)} % right"
    if sure.interval is None:
        return f"{text}; with one trial the spread over seeds is unknown."
    low, high = map(numbers.percent, sure.interval)
    return f"{text}; on digits like these, between {low} and {high} %."


def _leaders_sentence(leaders: Sequence[Ranked], count: int) -> str:
    names = _names([model.outcomes.label for model in leaders])
    if len(leaders) == 1:
        accuracy = numbers.percent(leaders[0].uncertainty.mean)
        return f"{names} is the best of {count} models: {accuracy} % right."
    if len(leaders) == count:
        return f"No model is better than another: {names} cannot be told apart by these trials."
    return f"{names} are the best of {count} models and cannot be told apart by these trials."


def _lead_sentence(pair: Pair) -> str:
    """Say how far the best is ahead of the best of the others."""
    if pair.broad.verdict is Verdict.BETTER:
        return pair_sentence(pair)
    return f"{pair.second.label} comes next. {pair_sentence(pair)}"


def _open_sentences(pairs: Iterable[Pair]) -> list[str]:
    """Say which pairs cannot be told apart, of those about which anything is known."""
    found = [
        pair
        for pair in pairs
        if pair.broad.verdict is not Verdict.BETTER and pair.broad.p_value is not None
    ]
    sentences = [pair_sentence(pair) for pair in found[:_FEW_PAIRS]]
    if len(found) > _FEW_PAIRS:
        sentences.append(f"{len(found) - _FEW_PAIRS} more pairs cannot be told apart.")
    return sentences


def _what_would_settle(pair: Pair) -> str:
    if not pair.difference:
        return "More trials may show a difference, if there is one." if not pair.first.exact else ""
    if pair.trials_needed is not None:
        return f"About {pair.trials_needed:,} trials of each would settle it, if means stay so."
    if pair.images_needed is not None:
        return (
            f"More trials would not settle it: it would take about {pair.images_needed:,} "
            "test images."
        )
    return "More trials would not settle it."


def _images(pair: Pair) -> str:
    """Write a difference as images: `12.4 more of 10,000 images`."""
    more = pair.images_per_10_000
    text = f"{more:.1f}" if more < 100 else f"{more:,.0f}"  # noqa: PLR2004
    return f"{text} more of 10,000 images"


def _names(labels: Sequence[str]) -> str:
    """List names: `a`, `a and b`, `a, b and c`."""
    *most, last = labels
    return f"{', '.join(most)} and {last}" if most else last
