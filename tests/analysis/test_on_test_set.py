"""A run as a further test set shows it."""

import numpy as np
import pytest

from digitbench.analysis.on_test_set import on_test_set
from digitbench.analysis.outcomes import outcomes
from digitbench.analysis.set_analysis import analyse_sets
from digitbench.errors import UsageError
from digitbench.types import RunRecord
from made_runs import MadeModel, run_of
from made_sets import MadeCondition, drawn, run_with_sets, with_sets


@pytest.fixture(scope="module")
def record() -> RunRecord:
    return run_with_sets()


@pytest.mark.parametrize(
    "name", ["fresh", "usps", "corruptions", "corruptions/turn@3", "disputed/voted"]
)
def test_accuracies_are_those_of_the_analysis(record: RunRecord, name: str) -> None:
    label, _, key = name.partition("/")
    found = analyse_sets(record).find(label)
    models = found.condition(key).models if key else found.models
    seen = {model.label: model for model in outcomes(on_test_set(record, name))}
    for model in models:
        assert seen[model.label].accuracies == pytest.approx(model.accuracies)
        trials = [trial.accuracy for trial in seen[model.label].trials]
        assert trials == pytest.approx(model.accuracies.tolist())
    assert len(seen["cnn"].trials) == (2 if name == "usps" else 3)


def test_other_content_is_other_data(record: RunRecord) -> None:
    seen = {
        on_test_set(record, name).plan.dataset.fingerprint
        for name in ("fresh", "usps", "corruptions", "corruptions/turn@3", "corruptions/turn@2")
    }
    assert len(seen | {record.plan.dataset.fingerprint}) == 6


def test_a_curve_begins_at_the_test_images() -> None:
    record = run_of([MadeModel("cnn", 0.9)], images=200)
    right, every = np.asarray(record.test_labels), np.arange(200)
    turned = drawn(record, lambda _: 0.5, right)
    conditions = [
        MadeCondition(right, None, "turn", 0, every),
        MadeCondition(right, turned, "turn", 10, every),
    ]
    made = with_sets(
        record,
        {
            "shifts": conditions,
            "odd": [
                MadeCondition(right, turned, "a"),
                MadeCondition(right[:50], {"cnn": turned["cnn"][:, :50]}, "b"),
            ],
        },
    )
    shown = analyse_sets(made).find("shifts").models[0]
    assert outcomes(on_test_set(made, "shifts"))[0].accuracy == pytest.approx(shown.accuracy)
    with pytest.raises(UsageError, match="different numbers of images: name one of them"):
        on_test_set(made, "odd")


def test_a_set_of_test_images_alone_has_no_accuracy(record: RunRecord) -> None:
    with pytest.raises(UsageError, match="test images of the run alone: name one of them"):
        on_test_set(record, "disputed")
