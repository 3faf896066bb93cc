from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from digitbench import FitProgress, Split

QUICK = {"filters": "4/4/4", "epochs": 2, "batch_size": 32}


@dataclass(frozen=True)
class Watched:
    """A classifier of seed 1, fitted with its progress and validation images watched."""

    classifier: Any
    seen: list[FitProgress]


@pytest.fixture(scope="module")
def small(digits: Any) -> Split:
    return Split(digits.train.images[:100], digits.train.labels[:100])


def fitted(make: Callable[..., Any], train: Split, **options: Any) -> Any:
    classifier = make("cnn", **{**QUICK, **options})
    classifier.fit(train, None)
    return classifier


@pytest.fixture(scope="module")
def watched(make: Callable[..., Any], small: Split, digits: Any) -> Watched:
    seen: list[FitProgress] = []
    classifier = make("cnn", report=seen.append, **QUICK)
    classifier.fit(small, digits.test)
    return Watched(classifier, seen)


def test_another_seed_gives_another_result(
    watched: Watched, make: Callable[..., Any], small: Split, digits: Any
) -> None:
    other = fitted(make, small, seed=2)
    assert not np.array_equal(
        other.predict_proba(digits.test.images),
        watched.classifier.predict_proba(digits.test.images),
    )


def test_one_seed_gives_one_result_whatever_ran_before_and_whoever_watches(
    watched: Watched, make: Callable[..., Any], small: Split, digits: Any
) -> None:
    np.testing.assert_array_equal(
        fitted(make, small).predict_proba(digits.test.images),
        watched.classifier.predict_proba(digits.test.images),
    )


def test_every_epoch_is_reported_with_its_figures(watched: Watched) -> None:
    assert [(progress.step, progress.total, progress.unit) for progress in watched.seen] == [
        (1, 2, "epoch"),
        (2, 2, "epoch"),
    ]
    history = watched.classifier.history
    metrics = [{k: v for k, v in entry.items() if k != "seconds"} for entry in history]
    assert [dict(progress.metrics) for progress in watched.seen] == metrics
    assert metrics[0].keys() == {"loss", "validation_accuracy"}
    assert 0 < history[0]["seconds"] < history[1]["seconds"]


def test_details_tell_the_device_the_precision_and_the_length_of_the_training(
    watched: Watched,
) -> None:
    details = dict(watched.classifier.details)
    assert details.pop("device") in ("CPU", "GPU")
    assert details.pop("precision") in ("float32", "bfloat16")
    assert details == {"epochs": 2, "steps": 6}


@pytest.mark.parametrize(
    "options",
    [
        {"average": False, "optimizer": "adam"},
        {"augment": 0, "keep_prob": 1.0},
        {"momentum": 0.5},
        {"distort": 1.0, "schedule": "constant"},
        {"precision": "bfloat16", "augment": 1},
    ],
)
def test_the_training_obeys_its_options(
    watched: Watched,
    make: Callable[..., Any],
    small: Split,
    digits: Any,
    options: dict[str, Any],
) -> None:
    changed = fitted(make, small, **options).predict_proba(digits.test.images)
    assert np.all(np.isfinite(changed))
    assert not np.array_equal(changed, watched.classifier.predict_proba(digits.test.images))


def test_a_training_of_some_iterations_may_end_within_an_epoch(
    make: Callable[..., Any], small: Split
) -> None:
    classifier = make("cnn", filters="4/4/4", batch_size=32, iterations=4)
    classifier.fit(small, None)
    assert {key: classifier.details[key] for key in ("epochs", "steps")} == {
        "epochs": 2,
        "steps": 4,
    }
    assert len(classifier.history) == 2


def test_a_single_image_is_enough_to_train(make: Callable[..., Any], digits: Any) -> None:
    one = Split(digits.train.images[:1], digits.train.labels[:1])
    classifier = fitted(make, one, epochs=1)
    assert np.all(np.isfinite(classifier.predict_proba(digits.test.images[:5])))


def test_predictions_do_not_depend_on_how_images_are_batched(watched: Watched, digits: Any) -> None:
    classifier = watched.classifier
    many = digits.train.images[:620]
    together = classifier.predict_proba(many)
    apart = np.concatenate([classifier.predict_proba(many[:7]), classifier.predict_proba(many[7:])])
    np.testing.assert_allclose(together, apart, atol=1e-5)


def test_no_images_get_no_predictions(watched: Watched, digits: Any) -> None:
    assert watched.classifier.predict(digits.test.images[:0]).shape == (0,)
    assert watched.classifier.predict_proba(digits.test.images[:0]).shape == (0, 10)
