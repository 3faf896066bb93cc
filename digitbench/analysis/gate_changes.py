"""What differs between a baseline and a run that is held against it.

Other data, options, plugins or sources make another comparison: they are refused unless they are
what the gate is to judge (`accept_changed`). Other versions, hardware and threads can shift a few
predictions by rounding; they are told.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from digitbench.analysis.baseline import plugin_name
from digitbench.analysis.gate_settings import Change, GateSettings
from digitbench.errors import UsageError
from digitbench.store.baseline import Baseline, BaselineDataset, BaselineModel
from digitbench.types import DatasetInfo, Environment, PlannedModel, RunPlan

_SHORT = 12
"""Hexadecimal digits of a hash that people compare."""

_ADVICE = {
    Change.SOURCE: "if its author meant that",
    Change.OPTIONS: "if the new values are what is to be judged",
    Change.PLUGIN: "if the new one is to be judged by the old one's figures",
    Change.DATA: "if figures on other data may be compared",
}


@dataclass(frozen=True)
class Difference:
    """One difference that changes what is compared.

    Attributes:
        change: its kind.
        plugin: the plugin that it is of; empty for the data.
        text: what it was and is now.
    """

    change: Change
    plugin: str
    text: str


def changes(baseline: Baseline, plan: RunPlan) -> Iterator[Difference]:
    """Yield what differs in data and models; a model that only one of them has does not count."""
    then, now = baseline.dataset, plan.dataset
    if then.fingerprint != now.fingerprint:
        was, is_now = then.fingerprint[:_SHORT], now.fingerprint[:_SHORT]
        text = f"data set was {then.name} ({was}) and is now {now.name} ({is_now})"
        yield Difference(Change.DATA, "", text)
    elif (was := _validation(then)) != (is_now := _validation(now)):
        text = f"validation images were {was} and are now {is_now}"
        yield Difference(Change.DATA, "", text)
    elif (then.train_size, then.test_size) != (now.train_size, now.test_size):
        text = (
            f"training images were {then.train_size} and are now {now.train_size}, test images "
            f"{then.test_size} and now {now.test_size}"
        )
        yield Difference(Change.DATA, "", text)
    for planned in plan.models:
        if model := baseline.model(planned.label):
            yield from _model_changes(model, planned)


def refuse_unless_meant(found: list[Difference], settings: GateSettings) -> None:
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
) -> Iterator[str]:
    """Yield what may shift a few predictions: versions, hardware, variables, threads."""
    then = baseline.environment
    facts: list[tuple[str, object, object]] = [
        ("Python", then.python, environment.python),
        ("processor", then.processor, environment.processor),
        ("threads per trial", baseline.threads, plan.threads),
    ]
    for before, after in (
        (then.versions, environment.versions),
        (then.variables, environment.variables),
    ):
        facts += [(name, before.get(name), after.get(name)) for name in sorted({*before, *after})]
    for name, was, is_now in facts:
        if was != is_now:
            yield f"{name} was {_shown(was)} and is now {_shown(is_now)}"


def _validation(data: BaselineDataset | DatasetInfo) -> str:
    """Say which validation images there are."""
    return f"{data.validation_rule or data.validation_size}"


def _model_changes(then: BaselineModel, now: PlannedModel) -> Iterator[Difference]:
    plugin = plugin_name(now.plugin, now.distribution)
    if (then.plugin, then.distribution) != (plugin, now.distribution):
        text = f"plugin of {now.label} was {then.plugin} and is now {plugin}"
        yield Difference(Change.PLUGIN, plugin, text)
    for option in sorted(then.options.keys() | now.options.keys()):
        was, is_now = then.options.get(option), now.options.get(option)
        if was != is_now:
            text = f"option {option} of {now.label} was {_shown(was)} and is now {_shown(is_now)}"
            both = option in then.options and option in now.options
            # An option that came or went is an edit of the plugin, not another choice of ours.
            yield Difference(Change.OPTIONS if both else Change.SOURCE, plugin, text)
    if then.deterministic != now.deterministic:
        words = {True: "deterministic", False: "not deterministic"}
        text = f"{now.label} was {words[then.deterministic]} and now is {words[now.deterministic]}"
        yield Difference(Change.OPTIONS, plugin, text)
    if then.source_hash != now.source_hash:
        was, is_now = _shown(then.source_hash)[:_SHORT], _shown(now.source_hash)[:_SHORT]
        text = f"source of plugin {plugin} ({now.label}) was {was} and is now {is_now}"
        yield Difference(Change.SOURCE, plugin, text)


def _shown(value: object) -> str:
    return "absent" if value is None else str(value)
