"""A comparison of models as plain values for JSON; `docs/json.md` explains each field."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from digitbench.analysis.comparison import Comparison, Ranked
from digitbench.analysis.pairs import Pair
from digitbench.analysis.summary import ModelSummary
from digitbench.report.headline import headline
from digitbench.report.significance_json import claim_document, interval_document
from digitbench.report.verdicts import summary_sentences


def comparison_document(models: Sequence[ModelSummary], comparison: Comparison) -> dict[str, Any]:
    """Return the verdict, places, how sure each accuracy is, and every pair.

    Args:
        models: all models, those without a trial that succeeded too.
        comparison: of those that have one; accuracies are fractions.
    """
    return {
        "headline": asdict(headline(models, comparison)),
        "summary": summary_sentences(comparison),
        "level": comparison.level,
        "models": [_ranked(model) for model in comparison.models],
        "pairs": [pair_document(pair) for pair in comparison.pairs],
    }


def _ranked(model: Ranked) -> dict[str, Any]:
    sure = model.uncertainty
    return {
        "model": model.outcomes.label,
        "place": model.place.value,
        "letters": model.letters,
        "population": sure.population,
        "accuracy_mean": sure.mean,
        "standard_error": sure.standard_error,
        "test_set_standard_error": sure.test_set_standard_error,
        **interval_document(sure.interval),
    }


def pair_document(pair: Pair) -> dict[str, Any]:
    """Return two models and both claims about them."""
    return {
        "first": pair.first.label,
        "second": pair.second.label,
        "difference": pair.difference,
        "images_per_10_000": pair.images_per_10_000,
        "trials_needed": pair.trials_needed,
        "images_needed": pair.groups_needed if pair.group_name is None else None,
        "groups_needed": None if pair.group_name is None else pair.groups_needed,
        "group": pair.group_name,
        "digits_like_these": claim_document(pair.population, pair.population.interval),
        "this_test_set_alone": claim_document(pair.test_set, pair.test_set.interval),
    }
