"""What every built-in model promises, on small real digits."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitbench import ModelSpec

MODELS: dict[str, dict[str, Any]] = {
    "softmax": {},
    "softmax[recipe=paper]": {"recipe": "paper", "iterations": 300},
    "knn": {},
    "knn[weights=distance]": {"weights": "distance"},
    "svm": {},
    "svm[probability=true]": {"probability": True},
    "cnn": {
        "filters": "8/16/16",
        "epochs": 6,
        "batch_size": 96,
        "keep_prob": 1.0,
        "augment": 0,
    },
}


LABELS = [pytest.param(label, marks=pytest.mark.slow if label == "cnn" else []) for label in MODELS]


@pytest.fixture(scope="module", params=LABELS)
def fitted(request: pytest.FixtureRequest, make: Callable[..., Any], digits: Any) -> Any:
    label: str = request.param
    classifier = make(label.partition("[")[0], **MODELS[label])
    classifier.fit(digits.train, None)
    return classifier


def test_most_digits_are_right(fitted: Any, digits: Any) -> None:
    assert np.mean(fitted.predict(digits.test.images) == digits.test.labels) > 0.85


def test_predictions_are_digits(fitted: Any, digits: Any) -> None:
    predictions = fitted.predict(digits.test.images)
    assert predictions.shape == digits.test.labels.shape
    assert predictions.dtype.kind in "iu"
    assert set(np.unique(predictions)) <= set(range(10))


def test_predicting_again_changes_nothing(fitted: Any, digits: Any) -> None:
    first = fitted.predict(digits.test.images)
    np.testing.assert_array_equal(fitted.predict(digits.test.images), first)


def test_images_that_could_be_written_to_are_not(fitted: Any, digits: Any) -> None:
    images = digits.test.images[:50].copy()
    fitted.predict(images)
    np.testing.assert_array_equal(images, digits.test.images[:50])


def test_one_image_and_a_strided_view_are_welcome(fitted: Any, digits: Any) -> None:
    assert fitted.predict(digits.test.images[:1]).shape == (1,)
    np.testing.assert_array_equal(
        fitted.predict(digits.test.images[::3]),
        fitted.predict(np.ascontiguousarray(digits.test.images[::3])),
    )


@pytest.mark.parametrize(
    "fitted", [label for label in LABELS if label.values != ("svm",)], indirect=True
)
def test_probabilities_are_float32_rows_that_sum_to_one(fitted: Any, digits: Any) -> None:
    probabilities = fitted.predict_proba(digits.test.images)
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (len(digits.test), 10)
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    agreement = np.mean(probabilities.argmax(axis=1) == fitted.predict(digits.test.images))
    assert agreement > 0.97


def test_parameters_are_counted(fitted: Any) -> None:
    assert type(fitted.n_parameters) is int
    assert fitted.n_parameters > 0


def test_the_size_is_at_least_a_byte_for_each_parameter(fitted: Any) -> None:
    assert type(fitted.size_bytes) is int
    assert fitted.size_bytes >= fitted.n_parameters


def test_details_are_plain_values(fitted: Any) -> None:
    assert fitted.details
    assert all(type(value) in (str, int, float, bool) for value in fitted.details.values())


@pytest.mark.parametrize("name", ["softmax", "svm", "knn", "cnn"])
def test_every_option_has_a_default_and_a_description(
    specs: dict[str, ModelSpec], name: str
) -> None:
    for field in specs[name].options.model_fields.values():
        assert not field.is_required()
        assert field.description


@pytest.mark.parametrize("name", ["softmax", "svm", "knn", "cnn"])
def test_stored_options_can_be_read_back(specs: dict[str, ModelSpec], name: str) -> None:
    options = specs[name].options()
    assert type(options).model_validate(options.model_dump(mode="json")) == options


def test_declaring_models_imports_no_framework() -> None:
    code = (
        "import sys, digitbench_cnn, digitbench_sklearn, digitbench_softmax\n"
        "for package in (digitbench_cnn, digitbench_sklearn, digitbench_softmax):\n"
        "    package.digitbench_models()\n"
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'sklearnex', 'scipy')"
        " if m in sys.modules])"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == "[]"
