"""Images seen by all models: right by scikit-learn and by hand, and consistent with each other."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from digitbench.analysis.images import Answer, run_images
from digitbench.analysis.outcomes import Outcomes
from digitbench.errors import UsageError

MakeOutcomes = Callable[..., Outcomes]
LABELS = [1, 2, 3, 4, 5]


@st.composite
def several(draw: st.DrawFn) -> tuple[list[NDArray[np.uint8]], NDArray[np.uint8]]:
    """Draw the predictions of one to four models of one to five trials each, and labels."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_images = draw(st.integers(1, 40))
    labels = random.integers(0, 10, n_images)
    models = []
    for n_trials in draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)):
        noise = random.integers(0, 10, (n_trials, n_images))
        keep = random.random((n_trials, n_images)) < random.random()
        models.append(np.where(keep, labels, noise).astype(np.uint8))
    return models, labels.astype(np.uint8)


@settings(max_examples=50, deadline=None)
@given(drawn=several())
def test_hardest_images_are_those_the_oracle_misses(
    make_outcomes: MakeOutcomes, drawn: tuple[list[NDArray[np.uint8]], NDArray[np.uint8]]
) -> None:
    predictions, labels = drawn
    models = [make_outcomes(f"m{i}", rows, labels) for i, rows in enumerate(predictions)]
    found = run_images(models)
    assert found.oracle_accuracy == pytest.approx(1 - found.hardest.count / len(labels), abs=1e-9)
    pooled = np.concatenate(predictions)
    for image in found.hardest.shown:
        assert image.label == labels[image.index]
        assert image.missed == pytest.approx(np.mean(pooled[:, image.index] != image.label))
        assert image.label not in [answer.prediction for answer in image.answers]
        assert [answer.model for answer in image.answers] == [model.label for model in models]
    shares = [image.missed for image in found.hardest.shown]
    assert shares == sorted(shares, reverse=True)


@settings(max_examples=50, deadline=None)
@given(drawn=several())
def test_unstable_images_by_the_chance_that_two_trials_differ(
    make_outcomes: MakeOutcomes, drawn: tuple[list[NDArray[np.uint8]], NDArray[np.uint8]]
) -> None:
    predictions, labels = drawn
    found = run_images([make_outcomes(f"m{i}", p, labels) for i, p in enumerate(predictions)])
    chances = [
        [np.mean([a != b for i, a in enumerate(c) for j, b in enumerate(c) if i != j]) for c in p.T]
        for p in predictions
        if len(p) > 1
    ]
    expected = np.mean(chances, axis=0) if chances else np.zeros(len(labels))
    assert found.unstable.count == np.count_nonzero(expected)
    for image in found.unstable.shown:
        assert image.instability == pytest.approx(expected[image.index], abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(drawn=several())
def test_disputed_images_and_the_vote(
    make_outcomes: MakeOutcomes, drawn: tuple[list[NDArray[np.uint8]], NDArray[np.uint8]]
) -> None:
    predictions, labels = drawn
    found = run_images([make_outcomes(f"m{i}", p[:1], labels) for i, p in enumerate(predictions)])
    answers = np.stack([p[0] for p in predictions])
    assert found.disputed.count == np.count_nonzero((answers != answers[0]).any(axis=0))
    for image in found.disputed.shown:
        given_answers = [answer.prediction for answer in image.answers]
        assert given_answers == answers[:, image.index].tolist()
    assert found.oracle_accuracy >= found.vote_accuracy
    if len(predictions) == 1:
        assert found.vote_accuracy == pytest.approx(np.mean(answers[0] == labels))
        assert found.agreements == ()


@settings(max_examples=50, deadline=None)
@given(drawn=several())
def test_agreement_and_kappa_of_single_trials_agree_with_scikit_learn(
    make_outcomes: MakeOutcomes, drawn: tuple[list[NDArray[np.uint8]], NDArray[np.uint8]]
) -> None:
    predictions, labels = drawn
    rows = [p[0] for p in predictions]
    models = [make_outcomes(f"m{i}", [row], labels) for i, row in enumerate(rows)]
    for agreement in run_images(models).agreements:
        first, second = (rows[int(name[1:])] for name in (agreement.first, agreement.second))
        assert agreement.same == pytest.approx(np.mean(first == second), abs=1e-9)
        if agreement.kappa is None:
            assert len({*first.tolist(), *second.tolist()}) == 1
        else:
            assert agreement.kappa == pytest.approx(cohen_kappa_score(first, second), abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(drawn=several())
def test_agreement_is_the_mean_over_all_pairs_of_trials(
    make_outcomes: MakeOutcomes, drawn: tuple[list[NDArray[np.uint8]], NDArray[np.uint8]]
) -> None:
    predictions, labels = drawn
    found = run_images([make_outcomes(f"m{i}", p, labels) for i, p in enumerate(predictions)])
    for agreement in found.agreements:
        ours, theirs = (predictions[int(n[1:])] for n in (agreement.first, agreement.second))
        expected = np.mean([np.mean(a == b) for a in ours for b in theirs])
        assert agreement.same == pytest.approx(expected, abs=1e-9)


def test_ties_of_the_vote_go_to_the_most_accurate_model(make_outcomes: MakeOutcomes) -> None:
    worse = make_outcomes("worse", [[0, 0, 3, 4, 5]], LABELS)
    better = make_outcomes("better", [[1, 2, 3, 4, 0]], LABELS)
    for models in ([worse, better], [better, worse]):
        found = run_images(models)
        assert found.vote_accuracy == pytest.approx(better.accuracy)
        assert found.oracle_accuracy == 1.0
        assert found.hardest.count == 0
        assert [image.index for image in found.disputed.shown] == [0, 1, 4]
    like_worse = make_outcomes("alike", [[0, 0, 3, 4, 5]], LABELS)
    assert run_images([better, worse, like_worse]).vote_accuracy == pytest.approx(worse.accuracy)


def test_the_vote_of_three_is_the_mode(make_outcomes: MakeOutcomes) -> None:
    rows = [[1, 2, 9, 4, 0], [1, 0, 9, 4, 5], [0, 2, 3, 4, 5]]
    models = [make_outcomes(f"m{i}", [row], LABELS) for i, row in enumerate(rows)]
    expected = np.mean(stats.mode(rows, axis=0).mode == LABELS)
    assert run_images(models).vote_accuracy == pytest.approx(expected)


def test_votes_are_told_most_frequent_first(make_outcomes: MakeOutcomes) -> None:
    noisy = make_outcomes("noisy", [[7, 2], [9, 2], [9, 2], [1, 2]], [1, 2])
    sure = make_outcomes("sure", [[7, 2]], [1, 2])
    found = run_images([noisy, sure])
    (image,) = found.hardest.shown
    assert image.answers == (
        Answer("noisy", 9, ((9, 2), (1, 1), (7, 1))),
        Answer("sure", 7, ((7, 1),)),
    )
    assert image.missed == pytest.approx(4 / 5)
    assert image.instability == pytest.approx(10 / 12)


def test_at_most_so_many_are_described_and_all_are_counted(make_outcomes: MakeOutcomes) -> None:
    model = make_outcomes("m", np.zeros((2, 9)), np.arange(1, 10))
    found = run_images([model], most=4)
    assert found.hardest.count == 9
    assert [image.index for image in found.hardest.shown] == [0, 1, 2, 3]
    assert found.unstable.count == 0


def test_other_data_and_no_models_are_refused(make_outcomes: MakeOutcomes) -> None:
    with pytest.raises(ValueError, match="no models"):
        run_images([])
    others = [make_outcomes("a", [[1]], [1]), make_outcomes("b", [[1]], [2])]
    with pytest.raises(UsageError, match="different data"):
        run_images(others)
