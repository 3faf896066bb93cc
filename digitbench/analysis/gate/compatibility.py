"""What differs between a baseline and a run that is compared with it.

Other data, options, plugins or sources make another comparison: they are refused unless they are
what the gate is to judge (`accept_changed`). Other versions, hardware and threads can shift a few
predictions by rounding; they are told.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from digitbench.analysis.gate.settings import Change, GateSettings
from digitbench.errors import UsageError
from digitbench.provenance import (
    DifferenceKind,
    Fact,
    differing,
    machine_facts,
    option_facts,
    plugin_facts,
    plugin_name,
    short,
)
from digitbench.store.baseline import Baseline, BaselineDataset, BaselineModel
from digitbench.types import DatasetInfo, Environment, PlannedModel, RunPlan

_ADVICE = {
    Change.SOURCE: "if its author meant that",
    Change.OPTIONS: "if the new values are what is to be judged",
    Change.PLUGIN: "if the new one is to be judged by the old one's figures",
    Change.DATA: "if figures on other data may be compared",
}


@dataclass(frozen=True)
class Deviation:
    """One departure from a baseline that changes what is compared.

    Attributes:
        change: its kind.
        plugin: the plugin that it is of; empty for the data.
        text: what it was and is now.
    """

    change: Change
    plugin: str
    text: str


def changes(baseline: Baseline, plan: RunPlan) -> Iterator[Deviation]:
    """Yield what differs in data and models; a model that only one of them has does not count."""
    then, now = baseline.dataset, plan.dataset
    if then.fingerprint != now.fingerprint:
        was, is_now = short(then.fingerprint), short(now.fingerprint)
        text = f"data set was {then.name} ({was}) and is now {now.name} ({is_now})"
        yield Deviation(Change.DATA, "", text)
    elif (was := _validation(then)) != (is_now := _validation(now)):
        text = f"validation images were {was} and are now {is_now}"
        yield Deviation(Change.DATA, "", text)
    elif (then.train_size, then.test_size) != (now.train_size, now.test_size):
        text = (
            f"training images were {then.train_size} and are now {now.train_size}, test images "
            f"{then.test_size} and now {now.test_size}"
        )
        yield Deviation(Change.DATA, "", text)
    yield from _set_changes(baseline, plan)
    for planned in plan.models:
        if model := baseline.model(planned.label):
            yield from _model_changes(model, planned)


def _set_changes(baseline: Baseline, plan: RunPlan) -> Iterator[Deviation]:
    """Yield the test sets that have other content; one that is not there has a gate that fails."""
    now = {one.label: one.fingerprint for one in plan.test_sets if one.error is None}
    for test_set in baseline.test_sets:
        is_now = now.get(test_set.label, test_set.fingerprint)
        if is_now != test_set.fingerprint:
            was = short(test_set.fingerprint)
            text = f"the test set {test_set.label} was {was} and is now {short(is_now)}"
            yield Deviation(Change.DATA, "", text)


def refuse_unless_meant(found: list[Deviation], settings: GateSettings) -> None:
    """Refuse what differs unless the settings say that it is meant.

    Raises:
        UsageError: of the first difference that is not.
    """
    for difference in found:
        if settings.accepts(difference.change, difference.plugin):
            continue
        name = f"{difference.change}:{difference.plugin}".rstrip(":")
        raise UsageError(
            f"the baseline is of something else: {difference.text}. Make a new baseline, or, "
            f'{_ADVICE[difference.change]}, say so: --accept-changed "{name}", or '
            f'accept-changed = ["{name}"] in the table gates of the config file'
        )


def rounding_differences(
    baseline: Baseline, plan: RunPlan, environment: Environment
) -> tuple[Fact, ...]:
    """Return what may shift a few predictions: versions, hardware, variables, threads."""
    machine = machine_facts(baseline.environment, environment, frozenset())
    return differing((*machine, Fact(DifferenceKind.THREADS, baseline.threads, plan.threads)))


def _validation(data: BaselineDataset | DatasetInfo) -> str:
    """Say which validation images there are."""
    return f"{data.validation_rule or data.validation_size}"


def _model_changes(then: BaselineModel, now: PlannedModel) -> Iterator[Deviation]:
    plugin = plugin_name(now.plugin, now.distribution)
    for fact in differing((*plugin_facts(then, now), *option_facts(then, now))):
        if fact.kind is DifferenceKind.OPTION:
            # An option that came or went is an edit of the plugin, not another choice of ours.
            both = fact.subject in then.options and fact.subject in now.options
            change = Change.OPTIONS if both else Change.SOURCE
        else:
            change = Change.PLUGIN if fact.kind is DifferenceKind.PLUGIN else Change.SOURCE
        yield Deviation(change, plugin, fact.changed())
    if then.plugin == plugin and then.distribution != now.distribution:
        text = f"plugin {plugin} was of {then.distribution} and is now of {now.distribution}"
        yield Deviation(Change.PLUGIN, plugin, text)
    if then.deterministic != now.deterministic:
        words = {True: "deterministic", False: "not deterministic"}
        text = f"{now.label} was {words[then.deterministic]} and now is {words[now.deterministic]}"
        yield Deviation(Change.OPTIONS, plugin, text)
