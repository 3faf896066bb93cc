from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax
from threadpoolctl import threadpool_limits

from digitbench import FitProgress, Split, deskewed
from digitbench_softmax import SoftmaxOptions


def fitted(make: Callable[..., Any], train: Split, **options: Any) -> Any:
    classifier = make("softmax", **options)
    classifier.fit(train, None)
    return classifier


def test_the_converged_loss_is_the_minimum_another_solver_finds(
    make: Callable[..., Any], digits: Any
) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    few, l2 = Split(digits.train.images[:120], digits.train.labels[:120]), 0.05
    pixels = few.images.reshape(-1, 784) / 255
    other = LogisticRegression(C=1 / (l2 * len(few)), tol=1e-4, max_iter=1000)
    with threadpool_limits(1):  # its threads would wait for each other
        other.fit(pixels, few.labels)
    minimum = log_loss(few.labels, other.predict_proba(pixels)) + l2 / 2 * np.sum(other.coef_**2)
    ours = fitted(make, few, l2=l2)
    assert ours.history[-1]["loss"] == pytest.approx(minimum, rel=1e-4)
    assert ours.details["converged"] is True


@pytest.mark.parametrize("l2", [0.0, 1e-4])
def test_the_loss_falls_to_the_minimum(make: Callable[..., Any], digits: Any, l2: float) -> None:
    losses = [entry["loss"] for entry in fitted(make, digits.train, l2=l2).history]
    assert losses[-1] < 0.1 < losses[0] < np.log(10)
    assert losses == sorted(losses, reverse=True)


def test_no_partial_derivative_is_left_at_the_minimum(
    make: Callable[..., Any], digits: Any
) -> None:
    l2 = 1e-3
    classifier = fitted(make, digits.train, l2=l2)
    pixels = digits.train.images.reshape(-1, 784) / 255
    weights = np.asarray(classifier.weights, np.float64)
    residuals = classifier.predict_proba(digits.train.images) - np.eye(10)[digits.train.labels]
    centred = pixels - pixels.mean(axis=0)
    assert np.abs(residuals.mean(axis=0)).max() < 2e-4
    assert np.abs(centred.T @ residuals / len(pixels) + l2 * weights).max() < 2e-4


def test_beginning_at_a_samples_minimum_ends_at_the_same_one(
    make: Callable[..., Any], digits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = fitted(make, digits.train, l2=1e-2)
    monkeypatch.setattr("digitbench_softmax.convergence.SAMPLE", 300)
    detour = fitted(make, digits.train, l2=1e-2)
    assert detour.history[0]["loss"] < straight.history[0]["loss"]
    assert detour.history[-1]["loss"] == pytest.approx(straight.history[-1]["loss"], rel=1e-4)


def test_the_number_of_threads_changes_no_bit(digits: Any) -> None:
    from digitbench_softmax.convergence import converge

    one, three = (
        converge(digits.train, SoftmaxOptions(l2=0.1), threads, lambda _: None, 0.0)
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(one.weights, three.weights)


@pytest.mark.parametrize("count", [1, 249, 251, 1437])
def test_loss_and_gradient_are_those_of_the_formula(digits: Any, count: int) -> None:
    from digitbench_softmax.convergence import PenalisedLoss

    random = np.random.default_rng(0)
    weights, biases, l2 = random.normal(0, 0.1, (784, 10)), random.normal(0, 1, 10), 0.3
    images, labels = digits.train.images[:count], digits.train.labels[:count]
    with ThreadPoolExecutor(2) as executor:
        loss, by_weight, by_bias = PenalisedLoss(images, labels, l2, executor)(weights, biases)
    pixels = images.reshape(-1, 784) / 255
    probabilities = softmax(pixels @ weights + biases, axis=1)
    own = probabilities[np.arange(count), labels]
    residuals = (probabilities - np.eye(10)[labels]) / count
    assert loss == pytest.approx(-np.log(own).mean() + l2 / 2 * np.sum(weights**2), rel=1e-5)
    np.testing.assert_allclose(by_weight, pixels.T @ residuals + l2 * weights, atol=1e-5)
    np.testing.assert_allclose(by_bias, residuals.sum(axis=0), atol=1e-5)


@pytest.mark.parametrize("options", [{"l2": 0.1}, {"recipe": "paper", "iterations": 40}])
def test_deskewing_inside_is_deskewing_before(
    make: Callable[..., Any], digits: Any, options: dict[str, Any]
) -> None:
    inside = fitted(make, digits.train, deskew=True, **options)
    before = fitted(make, Split(deskewed(digits.train.images), digits.train.labels), **options)
    images = digits.test.images
    probabilities = inside.predict_proba(images)
    np.testing.assert_array_equal(probabilities, before.predict_proba(deskewed(images)))
    assert not np.array_equal(probabilities, before.predict_proba(images))


@pytest.mark.slow
def test_a_stronger_penalty_leaves_less_certainty(make: Callable[..., Any], digits: Any) -> None:
    weak, strong = (fitted(make, digits.train, l2=l2) for l2 in (1e-4, 1.0))
    images = digits.test.images
    assert strong.predict_proba(images).max() < weak.predict_proba(images).max()


def test_the_converged_recipe_ignores_its_seed(make: Callable[..., Any], digits: Any) -> None:
    first, second = (fitted(make, digits.train, seed=seed) for seed in (1, 2))
    np.testing.assert_array_equal(
        first.predict_proba(digits.test.images), second.predict_proba(digits.test.images)
    )


def test_the_papers_recipe_repeats_itself_with_the_same_seed_only(
    make: Callable[..., Any], digits: Any
) -> None:
    options = {"recipe": "paper", "iterations": 50}
    first, again, other = (
        fitted(make, digits.train, seed=seed, **options).predict_proba(digits.test.images)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_one_step_on_all_images_is_plain_gradient_descent(
    make: Callable[..., Any], digits: Any
) -> None:
    classifier = fitted(
        make, digits.train, recipe="paper", iterations=1, batch_size=10_000, learning_rate=0.25
    )
    pixels = digits.train.images.reshape(-1, 784) / 255
    residuals = 0.1 - np.eye(10)[digits.train.labels]
    weights = -0.25 * pixels.T @ residuals / len(pixels)
    scores = digits.test.images.reshape(-1, 784) / 255 @ weights - 0.25 * residuals.mean(axis=0)
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(classifier.predict_proba(digits.test.images), expected, atol=1e-5)


@pytest.mark.parametrize(("iterations", "steps"), [(10, [10]), (30, [14, 28, 30])])
def test_progress_counts_the_steps_of_the_papers_recipe(
    make: Callable[..., Any], digits: Any, iterations: int, steps: list[int]
) -> None:
    seen: list[FitProgress] = []
    classifier = fitted(
        make, digits.train, report=seen.append, recipe="paper", iterations=iterations
    )
    assert [progress.step for progress in seen] == steps
    assert {(progress.total, progress.unit) for progress in seen} == {(iterations, "step")}
    losses = [{"loss": entry["loss"]} for entry in classifier.history]
    assert [dict(progress.metrics) for progress in seen] == losses


@pytest.mark.parametrize("recipe", ["paper", "converged"])
def test_the_history_tells_the_time_since_fit_began(
    make: Callable[..., Any], digits: Any, recipe: str
) -> None:
    classifier = make("softmax", recipe=recipe)
    began = perf_counter()
    classifier.fit(digits.train, None)
    took = perf_counter() - began
    seconds = [entry["seconds"] for entry in classifier.history]
    assert 0 < seconds[0] < seconds[-1] < took
    assert seconds == sorted(seconds)


def test_progress_of_the_converged_recipe_tells_the_loss(
    make: Callable[..., Any], digits: Any
) -> None:
    seen: list[FitProgress] = []
    fitted(make, digits.train, report=seen.append)
    assert seen
    assert all(progress.metrics["loss"] > 0 for progress in seen)


@pytest.mark.parametrize("options", [{}, {"recipe": "paper", "iterations": 100}])
def test_twenty_images_of_two_digits_are_enough(
    make: Callable[..., Any], digits: Any, options: dict[str, Any]
) -> None:
    chosen = np.flatnonzero(digits.train.labels < 2)[:20]
    few = Split(digits.train.images[chosen], digits.train.labels[chosen])
    classifier = fitted(make, few, **options)
    np.testing.assert_array_equal(classifier.predict(few.images), few.labels)
    assert classifier.n_parameters == 7850
    saved = (np.asarray(classifier.weights), np.asarray(classifier.biases))
    assert classifier.size_bytes == sum(array.nbytes for array in saved) == 31_400
