"""Whatever a plugin returns, the run can be stored and read, or says in one line what is wrong."""

import json
import math
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, create_model

from builders import made_dataset, made_model, made_plan, made_run
from digitbench import hookimpl
from digitbench.analysis.curves import learning_curves
from digitbench.errors import DigitbenchError, one_line
from digitbench.exporting import export_run
from digitbench.plugins import PluginHost, PluginInfo
from digitbench.report.document import run_document, to_json
from digitbench.runner.model_requests import ModelRequest
from digitbench.runner.resolve import resolve_models
from digitbench.runner.trial import run_trial
from digitbench.store import create_run, read_manifest, read_results, read_run
from digitbench.types import (
    Environment,
    ExporterSpec,
    FitProgress,
    ModelOptions,
    ModelSpec,
    PlannedModel,
    PublishedResult,
    RunPlan,
    RunRecord,
    TrialData,
)
from foreign_values import (
    EXAMPLES,
    LEAVES,
    NUMBERS,
    TEXTS,
    VALUES,
    Shared,
    holding_itself,
)

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")

DETAILS = st.one_of(
    st.dictionaries(TEXTS, VALUES, max_size=4),
    st.dictionaries(TEXTS, st.builds(Shared, st.sampled_from([2, 15, 30])), max_size=1),
    VALUES,
)
ENTRIES = st.dictionaries(TEXTS, st.one_of(NUMBERS, NUMBERS, LEAVES), max_size=3)
HISTORIES = st.one_of(st.lists(ENTRIES, max_size=4), st.lists(VALUES, max_size=3), VALUES)
SOUND = "sound"
PREDICTIONS = st.one_of(
    st.just(SOUND),
    st.lists(st.integers(-1, 10), min_size=3, max_size=3).map(np.array),
    st.sampled_from(
        [
            np.array([1, 2, 3], "m8[s]"),
            np.array([1, 2, 3], object),
            np.array([True, False, True]),
            np.array([2**64 - 1] * 3, np.uint64),
            np.array(["1", "2", "3"]),
            np.ma.masked_array([1, 2, 3], [True, False, False]),
        ]
    ),
    st.builds(Shared, st.just(30)),
    st.builds(holding_itself, st.sampled_from(["list", "mapping"])),
    VALUES,
)
PROBABILITIES = st.one_of(
    st.none(),
    st.sampled_from(
        [
            np.full((3, 10), value, kind)
            for value in (0.1, math.nan, -0.1, 0)
            for kind in ("f2", "f8")
        ]
    ),
    st.just(np.full((3, 10), 0.1 + 0j)),
    st.builds(Shared, st.just(30)),
    VALUES,
)
PROGRESS = st.one_of(
    st.none(),
    VALUES,
    st.builds(FitProgress, VALUES, VALUES, VALUES, DETAILS),
)


class Group(ExceptionGroup[Exception]):
    """Several errors at once."""


ERRORS = st.one_of(
    st.none(),
    st.none(),
    st.builds(RuntimeError, VALUES),
    st.builds(ValueError, VALUES, VALUES),
    st.builds(SystemExit, VALUES),
    st.builds(KeyError, VALUES),
    st.builds(DigitbenchError, VALUES),
    st.builds(OSError, VALUES, VALUES),
    st.builds(lambda value: Group("several", [RuntimeError(value)] * 3), VALUES),
    st.builds(
        UnicodeDecodeError, st.just("utf-8"), st.just(b"\xff"), st.just(0), st.just(1), TEXTS
    ),
)


class Foreign:
    """A classifier that returns what it is told to."""

    def __init__(self, members: Mapping[str, Any], report: Callable[[Any], None]) -> None:
        self.given = members
        self.report = report
        for name in ("details", "history", "n_parameters", "size_bytes"):
            if members[name] is not None:
                setattr(self, name, members[name])
        if members["probabilities"] is not None:
            self.predict_proba = lambda images: members["probabilities"]

    def fit(self, train: object, validation: object) -> None:
        if self.given["progress"] is not None:
            self.report(self.given["progress"])
        if self.given["error"] is not None:
            raise self.given["error"]

    def predict(self, images: Any) -> Any:
        given = self.given["predictions"]
        if isinstance(given, str) and given == SOUND:
            return np.zeros(len(images), np.int64)
        return given


MEMBERS = st.fixed_dictionaries(
    {
        "details": st.one_of(st.none(), DETAILS),
        "history": st.one_of(st.none(), HISTORIES),
        "n_parameters": st.one_of(st.none(), st.none(), NUMBERS, LEAVES),
        "size_bytes": st.one_of(st.none(), st.none(), NUMBERS, LEAVES),
        "predictions": st.one_of(st.just(SOUND), st.just(SOUND), PREDICTIONS),
        "probabilities": st.one_of(st.none(), st.none(), PROBABILITIES),
        "progress": st.one_of(st.none(), st.none(), PROGRESS),
        "error": ERRORS,
    }
)


def planned(data: TrialData, *models: PlannedModel) -> RunPlan:
    """Plan one trial of each model."""
    return made_plan(
        models,
        dataset=made_dataset(train_size=len(data.train), test_size=len(data.test)),
    )


def foreign_model(**changes: Any) -> PlannedModel:
    return made_model("m", **changes)


def assert_one_line(text: str | None) -> None:
    assert text
    assert len(text) <= 2_000
    assert len(text.splitlines()) == 1
    text.encode()


@EXAMPLES
@given(members=MEMBERS)
def test_a_trial_is_stored_as_it_is_or_fails_with_one_line(
    members: Mapping[str, Any], few_images: TrialData, somewhere: Environment
) -> None:
    plan = planned(few_images, foreign_model())
    (spec,) = plan.trial_specs()
    reports: list[FitProgress] = []
    model = ModelSpec("m", "s", lambda _, context: Foreign(members, context.report))
    result = run_trial(spec, model, few_images, reports.append)
    if result.status == "failed":
        assert_one_line(result.error)
        assert result.traceback
        assert len(result.traceback) <= 100_000
    for report in reports:
        text = f"{report.unit} {report.step}/{report.total} " + " ".join(report.metrics)
        assert all(isinstance(value, float) for value in report.metrics.values())
        text.encode()
    with tempfile.TemporaryDirectory() as directory:
        writer = create_run(Path(directory), plan, somewhere, few_images.test.labels)
        writer.digitbench_trial_finished(plan, result)
        record = read_run(writer.path)
        (back,) = record.results
        assert back.model_dump_json() == result.model_dump_json()
        assert repr(back.history) == repr(result.history)  # NaN is not NaN
        assert repr(back.details) == repr(result.details)
        (whole,) = read_results(writer.path)
        for name in ("predictions", "probabilities"):
            np.testing.assert_array_equal(getattr(whole, name), getattr(result, name))
        json.loads(to_json(run_document(record)), parse_constant=pytest.fail)
        learning_curves([back])


@EXAMPLES
@given(
    summary=st.one_of(st.just("sound"), LEAVES),
    name=st.one_of(st.just("m"), LEAVES),
    deterministic=st.one_of(st.booleans(), LEAVES, st.just(lambda o: 1 / 0)),
    published=st.one_of(
        st.none(), LEAVES, st.tuples(TEXTS, st.lists(NUMBERS, min_size=1, max_size=3))
    ),
    default=st.one_of(st.just(1.0), NUMBERS, TEXTS, VALUES),
    quick=st.one_of(st.just({}), DETAILS),
    given_option=st.one_of(st.none(), TEXTS, st.sampled_from(["nan", "inf", "1e999", "3"])),
)
def test_a_model_record_is_left_out_or_planned_and_stored(
    summary: Any,
    name: Any,
    deterministic: Any,
    published: Any,
    default: Any,
    quick: Any,
    given_option: str | None,
    few_images: TrialData,
    somewhere: Environment,
) -> None:
    if isinstance(published, tuple):
        dataset, accuracies = published
        published = PublishedResult.model_construct(
            dataset=dataset, accuracies=tuple(accuracies), source=dataset
        )
    kind = type(default) if type(default) in {str, float} else Any
    with_default: Any = create_model(
        "Options", __base__=ModelOptions, value=(kind, Field(default, description="A value"))
    )
    record = ModelSpec(
        name=name,
        summary=summary,
        build=lambda options, context: Foreign({}, context.report),
        options=with_default,
        deterministic=deterministic,
        published=published,
        quick_options=quick,
    )
    host = PluginHost()
    plugin = SimpleNamespace(digitbench_models=hookimpl(lambda: [record]))
    host.add(PluginInfo("p"), lambda: plugin)
    assert len(host.models) + len(host.failures) == 1
    for failure in host.failures:
        assert_one_line(printable_line(str(failure)))
    for found in host.models:
        request = ModelRequest(found, {} if given_option is None else {"value": given_option})
        try:
            models = resolve_models([request], host)
        except DigitbenchError as error:
            assert_one_line(printable_line(str(error)))
            continue
        with tempfile.TemporaryDirectory() as directory:
            plan = planned(few_images, *models)
            writer = create_run(Path(directory), plan, somewhere, few_images.test.labels)
            assert read_manifest(writer.path).plan == plan
            assert RunPlan.model_validate(plan.model_dump()) == plan


def printable_line(text: str) -> str:
    """Return a text as the terminal would get it: half surrogates are for the output to escape."""
    return text.encode(errors="backslashreplace").decode()


@EXAMPLES
@given(said=st.one_of(VALUES, ERRORS.filter(bool)))
def test_an_exporter_says_one_line_or_fails_with_one(
    said: Any, few_images: TrialData, somewhere: Environment
) -> None:
    def export(_record: RunRecord, _destination: str | None) -> Any:
        if isinstance(said, BaseException):
            raise said
        return said

    plan = planned(few_images, foreign_model())
    record = made_run(plan, environment=somewhere)
    try:
        line = export_run(ExporterSpec("e", "s", export), record, None)
    except DigitbenchError as error:
        assert_one_line(printable_line(one_line(error)))
        assert error is said or len(str(error).splitlines()) == 1
    else:
        assert len(line.splitlines()) <= 1
        line.encode()


@EXAMPLES
@given(variables=st.dictionaries(TEXTS, TEXTS, max_size=3), text=TEXTS)
def test_what_the_environment_says_is_stored(
    variables: dict[str, str], text: str, few_images: TrialData, somewhere: Environment
) -> None:
    made = Environment(**somewhere.model_dump() | {"variables": variables, "processor": text})
    plan = planned(few_images, foreign_model(plugin=text))
    with tempfile.TemporaryDirectory() as directory:
        writer = create_run(Path(directory), plan, made, few_images.test.labels)
        assert read_manifest(writer.path).environment == made
        assert read_manifest(writer.path).plan == plan
