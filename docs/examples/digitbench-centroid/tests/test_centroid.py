"""The classifier by itself, and the plugin as digitbench sees it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from digitbench import BuildContext, Classifier, Split
from pydantic import ValidationError

from digitbench_centroid import CentroidOptions, build

METRICS = ["euclidean", "cosine"]


def make(**options: Any) -> Any:
    return build(CentroidOptions.model_validate(options), BuildContext(seed=0))


def bars(digits: list[int], ink: int = 200) -> Split:
    """Draw a bar at a place of its own for each digit."""
    images = np.zeros((len(digits), 28, 28), np.uint8)
    for index, digit in enumerate(digits):
        images[index, 2 * digit + 2 : 2 * digit + 5] = ink
    return Split(images, np.array(digits, np.uint8))


@pytest.mark.parametrize("metric", METRICS)
def test_it_learns_ten_easy_digits(metric: str) -> None:
    classifier = make(metric=metric)
    train = bars(list(range(10)) * 3)
    classifier.fit(train, None)
    assert (classifier.predict(train.images) == train.labels).all()
    assert classifier.n_parameters == 10 * 784
    assert classifier.size_bytes == 10 * 784 * 4 + 10


@pytest.mark.parametrize("metric", METRICS)
def test_probabilities_agree_with_the_predictions(metric: str) -> None:
    classifier = make(metric=metric, temperature=0.5)
    train = bars(list(range(10)))
    classifier.fit(train, None)
    probabilities = classifier.predict_proba(train.images)
    assert probabilities.shape == (10, 10)
    assert probabilities.sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert (probabilities.argmax(axis=1) == classifier.predict(train.images)).all()


def test_temperature_spreads_probabilities_and_changes_no_prediction() -> None:
    train = bars(list(range(10)))
    cold, warm = make(temperature=1), make(temperature=100)
    for classifier in (cold, warm):
        classifier.fit(train, None)
    assert (cold.predict(train.images) == warm.predict(train.images)).all()
    assert cold.predict_proba(train.images).max() > warm.predict_proba(train.images).max()


def test_cosine_does_not_mind_faint_ink() -> None:
    classifier = make(metric="cosine")
    classifier.fit(bars(list(range(10)), ink=200), None)
    faint = bars(list(range(10)), ink=10)
    assert (classifier.predict(faint.images) == faint.labels).all()


@pytest.mark.parametrize("metric", METRICS)
def test_a_digit_never_seen_has_probability_zero(metric: str) -> None:
    classifier = make(metric=metric)
    classifier.fit(bars([0, 1, 2, 7]), None)
    assert set(classifier.predict(bars(list(range(10))).images)) <= {0, 1, 2, 7}
    probabilities = classifier.predict_proba(bars([3]).images)
    assert probabilities[0, [3, 4, 5, 6, 8, 9]].max() == 0


@pytest.mark.parametrize("metric", METRICS)
def test_a_blank_image_gives_finite_probabilities(metric: str) -> None:
    classifier = make(metric=metric)
    classifier.fit(bars(list(range(10))), None)
    assert np.isfinite(classifier.predict_proba(np.zeros((1, 28, 28), np.uint8))).all()


@pytest.mark.parametrize("options", [{"metric": "taxi"}, {"temperature": 0}, {"k": 3}])
def test_bad_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        make(**options)


def test_the_classifier_keeps_the_contract() -> None:
    classifier: Classifier = make()
    classifier.fit(bars([4, 4]), bars([4]))
    assert classifier.predict(bars([4]).images).tolist() == [4]


def digitbench(*arguments: str) -> Any:
    """Run digitbench as a process and return what it prints as JSON."""
    command = [sys.executable, "-m", "digitbench", *arguments, "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def test_digitbench_finds_the_installed_plugin() -> None:
    (model,) = digitbench("models", "centroid")["models"]
    assert model["distribution"] == "digitbench-centroid"
    assert [option["name"] for option in model["options"]] == ["metric", "temperature"]


def test_digitbench_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("DIGITBENCH_RUNS_DIR", str(tmp_path / "runs"))
    models = "centroid,centroid[metric=cosine]"
    document = digitbench("run", "--dataset", "digits", "--offline", "--models", models)
    assert [model["model"] for model in document["models"]] == models.split(",")
    for model in document["models"]:
        assert model["trials_failed"] == 0
        assert model["accuracy_mean"] > 0.85
