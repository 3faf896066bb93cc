"""Engines by name: those of plugins, their options, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from digitbench.errors import EngineError, UsageError
from digitbench.plugins import PluginHost, load_plugins
from digitbench.runner.engines.choice import make_engine
from digitbench.runner.engines.process import ProcessEngine
from digitbench.runner.run import run_plan
from digitbench.store import read_run
from digitbench.types import EngineContext, RunInputs, RunPlan, TrialData


@pytest.fixture(scope="session")
def host(plugin_file: Callable[[str], Path]) -> PluginHost:
    """Return digitbench's own plugins with engines that are faulty and one that is not."""
    return load_plugins(
        files=[plugin_file(name) for name in ("centroid", "rested", "faulty_engines")]
    )


def test_an_engine_that_makes_no_sense_is_named_and_left_out(host: PluginHost) -> None:
    reasons = [failure.reason for failure in host.failures if failure.plugin.distribution is None]
    expected = [
        "engine 'no-default': every option needs a valid default",
        "engine 'no-build': build is not callable",
        "bad engine name 'Bad Name': use lower-case letters",
        "engine 'no-summary': the summary must be one line of text",
        "the name 'process' is already taken by engines (digitbench",
        "expected an EngineSpec, got str",
    ]
    assert len(reasons) == len(expected)
    for reason, start in zip(reasons, expected, strict=True):
        assert reason.startswith(f"digitbench_engines: {start}")
        assert "\n" not in reason
    assert {"process", "inline", "rested", "raises"} <= host.engines.keys()


@pytest.mark.parametrize(
    ("text", "context", "message"),
    [
        ("proces", {}, "there is no engine 'proces'; did you mean process\\?"),
        ("cloud", {}, "there is no engine 'cloud'; there are: .*process.*rested"),
        ("process,inline", {}, "--engine takes one engine, not 'process,inline'"),
        ("rested[", {}, r"cannot read --engine at 'rested\['"),
        ("rested[hours=1]", {}, "engine 'rested' has no option 'hours'; its options: seconds"),
        ("rested[seconds=-1]", {}, "engine 'rested', option seconds=-1: Input should be greater"),
        ("rested", {"jobs": 2}, "the engine rested takes neither --jobs nor --timeout"),
        ("inline", {"jobs": 2}, "the engine inline runs one trial at a time: leave out --jobs"),
        ("inline", {"timeout_seconds": 1}, "inline cannot stop a trial: leave out --timeout"),
        ("process", {"examine": print}, "a debugger needs the trials in this process"),
        ("unmakable", {}, "no engine unmakable can be made: OSError: no such queue"),
    ],
)
def test_what_cannot_be_is_refused(
    host: PluginHost, text: str, context: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        make_engine(text, host, EngineContext(**context))  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


def test_a_run_has_an_engine_where_no_plugin_of_ours_is_loaded(
    host_of: Callable[..., PluginHost],
) -> None:
    host = host_of("centroid")
    assert isinstance(make_engine("process", host, EngineContext()), ProcessEngine)
    assert host.failures == []


def test_an_engine_of_a_plugin_runs_trials_as_any_other(
    host: PluginHost, plan_of: Callable[..., RunPlan], tiny_data: TrialData, tmp_path: Path
) -> None:
    plan = plan_of(host, "centroid[noise=1]", trials=3)
    accuracies = []
    for text in ("rested[seconds=0]", "inline"):
        engine = make_engine(text, host, EngineContext())
        record = read_run(run_plan(plan, host, tiny_data, engine, tmp_path))
        assert record.status == "complete"
        accuracies.append([result.accuracy for result in record.results])
    assert accuracies[0] == accuracies[1]


@pytest.mark.parametrize(
    ("name", "reason", "kept"),
    [
        ("raises", "RuntimeError: no queue", 1),
        ("exits", "SystemExit: 3", 1),
        ("repeats", r"it yielded a result of centroid\[noise=1.0\], trial 1, that nobody", 1),
        ("yields-text", "it yielded a str, not a TrialResult", 1),
        ("ends-early", "it ended without a result of 2 trials", 1),
    ],
)
def test_an_engine_that_breaks_its_contract_is_named_and_what_was_finished_kept(
    host: PluginHost,
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    tmp_path: Path,
    name: str,
    reason: str,
    kept: int,
) -> None:
    plan = plan_of(host, "centroid[noise=1]", trials=3)
    engine = make_engine(name, host, EngineContext())
    with pytest.raises(EngineError, match=f"^the engine {name} failed: {reason}.* is stored in "):
        run_plan(plan, host, tiny_data, engine, tmp_path)
    (path,) = tmp_path.iterdir()
    record = read_run(path)
    assert record.status == "interrupted"
    assert len(record.results) == kept


def test_an_interrupt_passes_through_an_engine_that_does_not_know_it(
    host: PluginHost, inputs: RunInputs, events: object, plan_of: Callable[..., RunPlan]
) -> None:
    plan = plan_of(host, "centroid", trials=1)
    engine = make_engine("rested[seconds=0]", host, EngineContext())
    trials = [trial.model_copy(update={"trial": n}) for n in (1, 2) for trial in plan.trial_specs()]
    results = engine.run(trials, inputs, events)  # type: ignore[arg-type]
    next(results)
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt())
