"""The test set `corruptions` as a run loads it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from digitbench.test_sets.corruptions.loader import load_corruptions
from digitbench.test_sets.corruptions.table import CORRUPTIONS
from digitbench.test_sets.options import CorruptionOptions
from digitbench.types import Dataset, TestSet, TestSetContext

NAMES = [corruption.name for corruption in CORRUPTIONS]


def loaded(context: TestSetContext, dataset: Dataset, **options: object) -> TestSet:
    validated = CorruptionOptions.model_validate(options)
    return load_corruptions(replace(context, options=validated), dataset)


def test_each_corruption_comes_at_its_published_severity(
    context: TestSetContext, digits: Dataset
) -> None:
    made = loaded(context, digits)
    assert [(c.name, c.severity) for c in made.conditions] == [
        (corruption.name, corruption.published) for corruption in CORRUPTIONS
    ]
    for condition, corruption in zip(made.conditions, CORRUPTIONS, strict=True):
        assert condition.images is not None
        expected = corruption.applied(digits.test.images[:5], corruption.published, 0)
        np.testing.assert_array_equal(condition.images[:5], expected)
        np.testing.assert_array_equal(condition.labels, digits.test.labels)
        np.testing.assert_array_equal(condition.positions, np.arange(355))


def test_some_corruptions_and_severities(context: TestSetContext, digits: Dataset) -> None:
    made = loaded(context, digits, only="stripe/scale", severity="5/1")
    assert [c.key for c in made.conditions] == ["scale@1", "scale@5", "stripe@1", "stripe@5"]


def test_a_seed_gives_other_pixels(context: TestSetContext, digits: Dataset) -> None:
    first, second = (
        loaded(context, digits, only="translate", seed=seed).conditions[0].images
        for seed in ("0", "1")
    )
    assert first is not None
    assert second is not None
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("given", "normal"),
    [("3", "3"), (3, "3"), ("5/1", "1/5"), ("1/2/3/4/5", "all"), ("published", "published")],
)
def test_severities_have_one_normal_form(given: object, normal: str) -> None:
    assert CorruptionOptions.model_validate({"severity": given}).severity == normal


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"severity": "6"}, "there is no severity '6'; write all, or some of 1/2/3/4/5"),
        ({"only": "rain"}, "there is no corruption 'rain'"),
        ({"source": "files", "severity": "3"}, "leave out severity and seed"),
        ({"source": "files", "seed": 1}, "leave out severity and seed"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"strength": "3"}, "Extra inputs"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        CorruptionOptions.model_validate(options)
