"""The answer in a few sentences: of fixed length, and of what the figures say."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitbench.analysis.choice import choose
from digitbench.analysis.comparison import Place, compare
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import summarise
from digitbench.report.headline import Answer, Headline, headline, place_words, short_verdict
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of


def headline_of(record: RunRecord) -> Headline:
    return headline(summarise(record), compare_run(record))


def test_a_winner_is_named_with_its_lead_and_cost() -> None:
    record = run_of([MadeModel("svm", 0.7), MadeModel("knn[k=1]", 0.99), MadeModel("cnn", 0.6)])
    found = headline_of(record)
    assert found.answer is Answer.BEST
    assert (found.best, found.worse, found.tied) == ("knn[k=1]", ("svm", "cnn"), ())
    assert found.title.startswith("knn k=1 is the best of 3 models: 9")
    assert " points ahead of svm (interval +" in found.certainty
    assert found.recommendation == "Cost of knn k=1: fit 1.00 s, latency 1.00 ms."
    assert short_verdict(compare_run(record)) == "knn k=1 is best"


def test_two_that_are_tied_are_named() -> None:
    models = [MadeModel("svm", 0.9), MadeModel("knn", 0.9, fit_seconds=0.1), MadeModel("cnn", 0.2)]
    found = headline_of(run_of(models))
    assert found.answer is Answer.TIED
    assert {found.best, *found.tied} == {"svm", "knn"}
    assert f"{found.best} and {found.tied[0]} are tied for best of 3 models: " in found.title
    assert "which is not significant (interval -" in found.certainty
    assert found.certainty.endswith("cnn is worse.")
    assert found.cheapest == "knn"
    assert found.recommendation == "Cheapest of the tie: knn, fit 100 ms, latency 100 µs."
    alone = headline_of(run_of(models[:2]))
    assert " are tied: " in alone.title


def test_many_that_are_tied_are_counted() -> None:
    models = [MadeModel(f"m{place}", 0.9) for place in range(10)] + [
        MadeModel(f"w{place}", 0.2) for place in range(3)
    ]
    record = run_of(models)
    found = headline_of(record)
    assert found.title.startswith("10 of 13 models are tied for best: 8")
    assert found.certainty.endswith("3 models are worse.")
    assert short_verdict(compare_run(record)) == "10 of 13 models are tied"
    assert headline_of(run_of(models[:10])).title.startswith("All 10 models are tied for best: ")


def test_models_that_failed_are_counted_in_the_headline() -> None:
    failed = [MadeModel("f1", 0.9, trials=0), MadeModel("f2", 0.9, trials=0)]
    winner, others = MadeModel("knn", 0.99), [MadeModel("svm", 0.5), MadeModel("cnn", 0.4)]
    found = headline_of(run_of([*failed, winner, *others]))
    assert found.title.startswith("knn is the best of the 3 of 5 models that ran: ")
    tied = headline_of(run_of([winner, replace(winner, label="svm"), *failed]))
    assert " are tied for best of the 2 of 4 models that ran: " in tied.title
    many = [replace(winner, label=f"m{place}") for place in range(4)]
    assert headline_of(run_of([*many, *failed])).title.startswith(
        "4 models are tied for best of the 4 of 6 models that ran: "
    )
    alone = headline_of(run_of([winner, *failed]))
    assert alone.title.startswith("knn is the only one of 3 models that ran: ")
    assert headline_of(run_of(failed)).sentences == ("No model has a trial that succeeded.",)


def test_a_single_model_has_a_verdict_and_is_the_best_of_nothing() -> None:
    record = run_of([MadeModel("knn", 0.99)])
    found = headline_of(record)
    assert found.answer is Answer.ONE_MODEL
    assert found.title.startswith("knn gets 9")
    assert found.certainty.startswith("On new digits, between 9")
    assert place_words(compare_run(record)) == {"knn": ""}
    assert "best" not in " ".join(found.sentences)
    once = headline_of(run_of([MadeModel("knn", 0.99)], trials=1))
    assert once.certainty == "With one trial the spread over seeds is unknown. Run more trials."


def test_what_was_not_tested_is_said_to_be_so() -> None:
    models = [MadeModel("knn", 0.99, deterministic=True), MadeModel("a", 0.9), MadeModel("b", 0.8)]
    record = run_of(models, trials=1)
    found = headline_of(record)
    assert found.answer is Answer.NOT_TESTED
    assert found.untested == ("a", "b")
    assert found.title.startswith("knn has the highest mean of 3 models: 9")
    assert found.certainty.startswith("a and b were not tested against it: with one trial")
    assert place_words(compare_run(record))["a"] == "not tested"
    assert short_verdict(compare_run(record)) == "knn has the highest mean"


def test_a_smoke_run_says_nothing_of_accuracy() -> None:
    record = run_of([MadeModel("knn", 0.99), MadeModel("svm", 0.2)], quick=True)
    found = headline_of(record)
    assert found.answer is Answer.SMOKE_RUN
    assert found.best is None
    assert found.title.startswith("SMOKE RUN")
    assert not any(character.isdigit() for character in "".join(found.sentences))
    assert short_verdict(compare_run(record)) == "smoke run"


def test_no_cost_is_told_where_none_was_measured() -> None:
    models = [MadeModel("svm", 0.9, fit_seconds=None), MadeModel("knn", 0.9, fit_seconds=None)]
    assert headline_of(run_of(models)).recommendation == ""


_LONG = "family:module.Estimator[" + ",".join(f"option_{place}=x" for place in range(30)) + "]"


@pytest.mark.parametrize("count", [2, 12, 30])
def test_the_headline_does_not_grow_with_models_and_labels(count: int) -> None:
    models = [MadeModel(f"{'x' * 100}{place}", 0.9) for place in range(count)]
    found = headline_of(run_of(models, trials=2))
    assert len(found.title) < 160
    assert len(" ".join(found.sentences)) < 600
    assert _LONG not in " ".join(headline_of(run_of([MadeModel(_LONG, 0.9)])).sentences)


@given(
    st.lists(st.floats(0.3, 1.0), min_size=1, max_size=6),
    st.lists(st.integers(0, 3), min_size=6, max_size=6),
    st.integers(0, 100),
)
def test_labels_are_those_of_the_comparison_and_the_choice(
    accuracies: list[float], trials: list[int], seed: int
) -> None:
    models = [
        MadeModel(f"m{place}", accuracy, trials=trials[place], fit_seconds=1 + place)
        for place, accuracy in enumerate(accuracies)
    ]
    record = run_of(models, images=60, seed=seed)
    comparison, summaries = compare_run(record), summarise(record)
    found = headline(summaries, comparison)
    places = {model.outcomes.label: model.place for model in comparison.models}
    assert found.best == next(iter(places), None)
    for labels, place in (
        (found.tied, Place.NOT_WORSE),
        (found.worse, Place.WORSE),
        (found.untested, Place.UNKNOWN),
    ):
        assert list(labels) == [label for label in places if places[label] is place]
    if found.answer is Answer.TIED:
        choice = choose(summaries, comparison, {})
        cheapest = choice.cheapest or choice.chosen
        assert cheapest is not None
        assert found.cheapest == cheapest.planned.label
    assert short_verdict(compare([])) == "no trial succeeded"
