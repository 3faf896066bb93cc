"""Models that are given as Python objects, one by one."""

from functools import partial
from typing import Any

import numpy as np
import pytest

from digitbench.errors import ContractError, UsageError
from digitbench.plugin_validation import check_family
from digitbench.python_models import (
    packed,
    python_arguments,
    python_family,
    python_model,
    unpacked,
)
from digitbench.types import BuildContext, ModelFamily, ModelOptions, ModelSpec, NoOptions
from digitbench.types.plans import TrialSpec
from digitbench.wrapped_estimator import clone_for_trial


class Settled:
    """What its maker was given."""

    def __init__(self, width: int = 3, random_state: int = 0, n_jobs: int = 1) -> None:
        self.given = (width, random_state, n_jobs)


def build(value: object) -> Any:
    spec = python_model("mine", value)
    return spec.build(spec.options.model_validate(python_arguments(value)), BuildContext(7, 2))


def test_what_is_called_gets_the_seed_and_threads_of_the_trial() -> None:
    assert build(Settled).given == (3, 7, 2)
    assert build(partial(Settled, width=5, random_state=1)).given == (5, 7, 2)
    assert build(lambda seed: Settled(width=seed)).given == (7, 0, 1)
    assert build(lambda: Settled(4)).given == (4, 0, 1)


def test_an_estimator_is_cloned_with_those_within_it() -> None:
    from sklearn.ensemble import BaggingClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    inner = BaggingClassifier(DecisionTreeClassifier(max_depth=2), random_state=1, n_jobs=4)
    pipeline = make_pipeline(StandardScaler(), inner)
    parameters = clone_for_trial(pipeline, BuildContext(seed=7, threads=2)).get_params()
    assert parameters["baggingclassifier__random_state"] == 7
    assert parameters["baggingclassifier__n_jobs"] == 2
    assert parameters["baggingclassifier__estimator__random_state"] == 7
    assert (inner.random_state, inner.n_jobs) == (1, 4)
    arguments = python_arguments(pipeline)
    assert arguments["baggingclassifier__estimator__max_depth"] == 2
    assert not [name for name in arguments if name.endswith(("random_state", "n_jobs"))]
    assert python_model("mine", pipeline).deterministic is False


def test_an_estimator_that_takes_no_seed_is_deterministic() -> None:
    from sklearn.naive_bayes import GaussianNB

    assert python_model("mine", GaussianNB()).deterministic is True
    assert python_model("mine", GaussianNB).deterministic is False  # nobody can tell


def test_only_arguments_that_a_run_can_keep_are_kept() -> None:
    kind: Any = Settled
    made = partial(kind, width=np.int64(4), n_jobs=3, other=[1], name="x", pair=(1, 2.5))
    assert python_arguments(made) == {"width": 4, "name": "x", "pair": (1, 2.5)}
    assert python_arguments(Settled) == {}


def test_a_spec_keeps_its_options_under_the_name_it_is_given() -> None:
    class Options(ModelOptions):
        width: int = 3

    spec = ModelSpec("any", "A spec.", lambda options, context: options.width, Options)
    named = python_model("mine", spec)
    assert named.name == "python:mine"
    built: Any = named.build(named.options(), BuildContext(0))
    assert built == 3
    assert python_model("plain", Settled).options is NoOptions


def test_a_local_class_goes_to_another_process_with_its_code() -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec("WIDTH = 9\nclass Mine:\n    def fit(self): return WIDTH\n", names)  # noqa: S102
    there = unpacked({"mine": packed("mine", names["Mine"])}, "mine")
    assert there().fit() == 9  # type: ignore[operator]
    with pytest.raises(UsageError, match="no object was given as 'other'"):
        unpacked({}, "other")


def test_the_family_finds_its_objects() -> None:
    family = python_family({"mine": Settled}.__getitem__)
    assert family.resolve("mine").source is Settled


def test_no_plugin_takes_the_name_of_the_family() -> None:
    with pytest.raises(ContractError, match="'python' is reserved"):
        check_family(ModelFamily("python", "Mine.", lambda member: None))  # type: ignore[arg-type, return-value]


def test_the_options_of_an_object_come_back_as_they_were() -> None:
    from sklearn.svm import SVC

    value = SVC(C=2.5)
    spec = python_model("mine", value)
    options = spec.options.model_validate(python_arguments(value))
    trial = TrialSpec(
        model="mine", name=spec.name, options=options.model_dump(), trial=1, seed=0, threads=1
    )
    assert trial.options["C"] == 2.5
    assert spec.options.model_validate(trial.options) == options
