"""The whole contract between digitbench and its plugins.

A plugin is a module (or object) whose functions are marked with `digitbench.hookimpl` and named
like the hooks below. It is found through the entry-point group `digitbench`, or named with
`--plugin-file`. Hooks return records; they register nothing.
"""

from collections.abc import Iterable

import pluggy

from digitbench.types import (
    DatasetSpec,
    EngineSpec,
    ExporterSpec,
    FitProgress,
    MetricSpec,
    ModelFamily,
    ModelSpec,
    RunPlan,
    RunRecord,
    TestSetSpec,
    TrialPhase,
    TrialResult,
    TrialSpec,
)

hookspec = pluggy.HookspecMarker("digitbench")


@hookspec
def digitbench_models() -> Iterable[ModelSpec]:  # type: ignore[empty-body]
    """Return the models this plugin offers.

    Example:
        ```python
        from digitbench import BuildContext, ModelSpec, NoOptions, hookimpl

        def build(options: NoOptions, context: BuildContext):
            from my_package.model import Centroid  # the heavy import waits until here

            return Centroid()

        @hookimpl
        def digitbench_models():
            return [ModelSpec(name="centroid", summary="Nearest class mean", build=build)]
        ```
    """


@hookspec
def digitbench_model_families() -> Iterable[ModelFamily]:  # type: ignore[empty-body]
    """Return families of models: a prefix, and a function that makes a model of what follows it.

    Example:
        ```python
        import numpy as np

        from digitbench import ModelFamily, ModelSpec, UsageError, hookimpl

        class Always:
            def __init__(self, digit: int) -> None:
                self.digit = digit

            def fit(self, train, validation) -> None:
                pass

            def predict(self, images):
                return np.full(len(images), self.digit)

        def resolve(member: str) -> ModelSpec:
            if member not in set("0123456789"):
                raise UsageError(f"there is no digit '{member}': write always:0 to always:9")
            return ModelSpec(
                name=f"always:{member}",
                summary=f"Says {member} whatever it sees",
                build=lambda options, context: Always(int(member)),
                deterministic=True,
            )

        @hookimpl
        def digitbench_model_families():
            return [ModelFamily("always", "One digit for all: always:7", resolve)]
        ```
    """


@hookspec
def digitbench_datasets() -> Iterable[DatasetSpec]:  # type: ignore[empty-body]
    """Return the data sets this plugin offers.

    A data set may say which of its images belong together, such as those that one person wrote.
    Intervals and verdicts then allow for it, and `--validation writers:N` and `--resample writers`
    take whole writers. Groups are no part of the fingerprint. Leave them out where every image
    stands for itself.

    A data set that is made of another one gets that from `digitbench.load_dataset`, as MNIST turned
    by 90 degrees in [python.md](python.md#a-data-set-of-your-own).

    Example:
        ```python
        import numpy as np
        from digitbench import DataContext, Dataset, DatasetSpec, Groups, Split, hookimpl

        def blank(writers: range) -> Split:
            labels = np.tile(np.arange(10, dtype=np.uint8), len(writers))
            images = np.zeros((len(labels), 28, 28), np.uint8)
            numbers = np.repeat(np.array(writers, np.int32), 10)
            return Split(images, labels, Groups("writer", numbers, np.zeros_like(numbers)))

        def load(context: DataContext) -> Dataset:
            train, test = blank(range(4)), blank(range(4, 6))
            return Dataset(name="blank", train=train, test=test, source="made up")

        @hookimpl
        def digitbench_datasets():
            return [DatasetSpec(name="blank", summary="Empty sheets of paper", load=load)]
        ```
    """


@hookspec
def digitbench_test_sets() -> Iterable[TestSetSpec]:  # type: ignore[empty-body]
    """Return further test sets this plugin offers: what classifiers predict with `--test-sets`.

    A set has one condition or several, such as a corruption at five severities. Each is scored by
    itself, as the run's own test images are. `load` gets the run's data set, so that a set can be
    made of its test images; `positions` then tell which image each was made from. What is slow to
    make belongs into the cache, `context.data.cache_dir`. The same arguments must give the same
    images.

    Example:
        ```python
        import numpy as np
        from digitbench import (
            Dataset, TestCondition, TestSet, TestSetContext, TestSetSpec, hookimpl
        )

        def negative(context: TestSetContext, dataset: Dataset) -> TestSet:
            test = dataset.test
            condition = TestCondition(
                labels=test.labels,
                images=255 - test.images,
                groups=test.groups,
                positions=np.arange(len(test), dtype=np.uint32),
            )
            return TestSet((condition,), source="the test images, black on white")

        @hookimpl
        def digitbench_test_sets():
            return [TestSetSpec("negative", "The test images, black on white", negative)]
        ```
    """


@hookspec
def digitbench_exporters() -> Iterable[ExporterSpec]:  # type: ignore[empty-body]
    """Return the places this plugin can copy a stored run to, with `digitbench export`.

    The results of the record have their predictions; `digitbench.read_results(record.directory)`
    yields them one by one with their probabilities too.

    Example:
        ```python
        from pathlib import Path

        from digitbench import ExporterSpec, RunRecord, hookimpl

        def export(record: RunRecord, destination: str | None) -> str:
            path = Path(destination or f"{record.id}.json")
            path.write_text(record.model_dump_json(), encoding="utf-8")
            return f"{len(record.results)} trials written to {path}"

        @hookimpl
        def digitbench_exporters():
            return [ExporterSpec(name="json", summary="A single file", export=export)]
        ```
    """


@hookspec
def digitbench_engines() -> Iterable[EngineSpec]:  # type: ignore[empty-body]
    """Return the engines this plugin offers: where trials can run, with `--engine`.

    `build` makes the engine from its options, declared as those of a model are, and from the
    `EngineContext`: the jobs, the time-out and the like that the user asked for. It refuses what
    the engine cannot do with a `UsageError`. `run` is a generator that yields one `TrialResult`
    for each `TrialSpec`, in whatever order they finish, and tells `events` what happens meanwhile.
    What an engine does wrong ends the run with one line that names it; results before that are
    kept. An engine runs trials where it likes, but the same way, so that predictions are the same:

    - in this process: `run_trial(trial, model, data, report)`, with
      `entered=partial(events.entered, trial)` for the time left;
    - in a worker process that may crash or hang: `with WorkerPool(config) as pool:
      pool.run_one(trial, events)`, with the config `RunConfig.local(inputs, context)`;
    - on another machine: the same there, with a pickled `RunConfig.remote(inputs, context)`. The
      worker finds models and images itself, and refuses the run if they are not the same.

    `plugins/digitbench_dask/` is an engine of these parts alone: at an interrupt its `run` yields
    what has finished and raises it again; trials of a lost worker are assigned again
    (`events.restarted`).

    Example:
        ```python
        from functools import partial

        from digitbench import EngineSpec, hookimpl, run_trial

        class Backwards:
            def run(self, trials, inputs, events):
                for trial in reversed(trials):
                    events.started(trial)
                    model = inputs.models[trial.name]
                    report = partial(events.progressed, trial)
                    entered = partial(events.entered, trial)
                    yield run_trial(trial, model, inputs.data, report, entered=entered)

        @hookimpl
        def digitbench_engines():
            summary = "In this process, the last trial first"
            build = lambda options, context: Backwards()
            return [EngineSpec("backwards", summary, build, in_this_process=True)]
        ```
    """


@hookspec
def digitbench_metrics() -> Iterable[MetricSpec]:  # type: ignore[empty-body]
    """Return metrics that this plugin computes of predictions, probabilities and labels.

    They are functions of stored runs, so that old runs show them too: in JSON, in CSV, on the page,
    with `digitbench show --metrics`, and as limits of `digitbench choose --limit`. Exporters and
    `digitbench_run_finished` get them as the `metrics` of each result.

    Example:
        ```python
        import numpy as np

        from digitbench import MetricInputs, MetricSpec, hookimpl

        def second_guess(inputs: MetricInputs) -> float | None:
            if inputs.probabilities is None:
                return None
            two = np.argsort(inputs.probabilities, axis=1)[:, -2:]
            return float((two == inputs.labels[:, None]).any(axis=1).mean())

        @hookimpl
        def digitbench_metrics():
            return [
                MetricSpec(
                    key="top2_accuracy",
                    heading="Top-2",
                    summary="Share of images whose digit is among the two most probable",
                    compute=second_guess,
                    unit="fraction",
                    less_is_better=False,
                )
            ]
        ```
    """


@hookspec
def digitbench_run_started(plan: RunPlan, record: RunRecord) -> None:
    """Called once, before the first trial.

    The record is the run as it stands: its id, its directory and its environment, and the results
    it has already if it is taken up again.

    Example:
        ```python
        from digitbench import RunPlan, hookimpl

        @hookimpl
        def digitbench_run_started(plan: RunPlan) -> None:
            print("models:", ", ".join(model.label for model in plan.models))
        ```
    """


@hookspec
def digitbench_trial_started(plan: RunPlan, trial: TrialSpec) -> None:
    """Called before a trial's classifier is built.

    Example:
        ```python
        from digitbench import RunPlan, TrialSpec, hookimpl

        @hookimpl
        def digitbench_trial_started(plan: RunPlan, trial: TrialSpec) -> None:
            print(f"{trial.model}: trial {trial.trial}, seed {trial.seed}")
        ```
    """


@hookspec
def digitbench_trial_phase(plan: RunPlan, trial: TrialSpec, phase: TrialPhase) -> None:
    """Called when a phase of a trial begins: `fit`, `predict`, `latency`, `test_sets`; be quick.

    Example:
        ```python
        from digitbench import RunPlan, TrialPhase, TrialSpec, hookimpl

        @hookimpl
        def digitbench_trial_phase(plan: RunPlan, trial: TrialSpec, phase: TrialPhase) -> None:
            print(f"{trial.model}: trial {trial.trial}, {phase}")
        ```
    """


@hookspec
def digitbench_trial_progress(plan: RunPlan, trial: TrialSpec, progress: FitProgress) -> None:
    """Called when a classifier reports how far its fit has come; be quick, the fit is timed.

    Example:
        ```python
        from digitbench import FitProgress, RunPlan, TrialSpec, hookimpl

        @hookimpl
        def digitbench_trial_progress(
            plan: RunPlan, trial: TrialSpec, progress: FitProgress
        ) -> None:
            print(f"{trial.model}: {progress.unit} {progress.step} of {progress.total}")
        ```
    """


@hookspec
def digitbench_trial_finished(plan: RunPlan, result: TrialResult) -> None:
    """Called after each trial, failed ones included, once its result is on disk.

    The result has its predictions, and its probabilities if the classifier gives them.

    Example:
        ```python
        from digitbench import RunPlan, TrialResult, hookimpl

        @hookimpl
        def digitbench_trial_finished(plan: RunPlan, result: TrialResult) -> None:
            print(result.spec.model, result.spec.trial, result.accuracy or result.error)
        ```
    """


@hookspec
def digitbench_run_finished(record: RunRecord) -> None:
    """Called once, after the last trial or an interruption (see `record.status`).

    The record is the run as it is stored: `digitbench.read_results(record.directory)` yields its
    results with their probabilities too.

    Example:
        ```python
        from digitbench import RunRecord, hookimpl

        @hookimpl
        def digitbench_run_finished(record: RunRecord) -> None:
            print(record.id, record.status, len(record.results), "trials")
        ```
    """
