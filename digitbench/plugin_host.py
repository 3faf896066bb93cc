"""The plugins of a run: what they offer, each checked, and calls of their hooks.

A plugin that fails is reported and left out; it never takes another one with it.
"""

import inspect
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import Any

import pluggy

from digitbench import hookspecs
from digitbench.errors import ContractError, DigitbenchError, one_line
from digitbench.foreign import foreign_code
from digitbench.plugin_validation import (
    SpecT,
    check_dataset,
    check_engine,
    check_exporter,
    check_family,
    check_metric,
    check_model,
    check_test_set,
    resolve_member,
)
from digitbench.python_models import python_family
from digitbench.types import (
    DatasetSpec,
    EngineSpec,
    ExporterSpec,
    MetricSpec,
    ModelFamily,
    ModelSpec,
    TestSetSpec,
)
from digitbench.types.models import PYTHON_FAMILY
from digitbench.types.plugins import PluginEntry, PluginFailure, PluginInfo

_HOOK_KINDS = (FunctionType, MethodType, staticmethod, classmethod)
_HOOK_MARK = "digitbench_impl"
"""What `digitbench.hookimpl` leaves on a function: pluggy's name for it."""

_METRICS_HOOK = "digitbench_metrics"

_log = logging.getLogger(__name__)


class _Plugin:
    """The hooks of a plugin, as pluggy sees them: hashable, true, and equal to itself alone.

    pluggy compares plugins with each other, and what a plugin's own object answers to that may be
    an error. Only functions and methods are hooks, so that no property of the object is computed.

    Attributes:
        subject: the plugin's module or object.
    """

    def __init__(self, subject: object) -> None:
        self.subject = subject
        for name in dir(subject):
            kind = inspect.getattr_static(subject, name, None)
            if isinstance(kind, _HOOK_KINDS):
                function = getattr(subject, name)
                if hasattr(function, _HOOK_MARK):
                    setattr(self, name, function)


@dataclass
class PluginHost:
    """The plugins of one run or command, and what they offer.

    Made by `load_plugins`.

    Attributes:
        models: by name; those of families are not among them, `model` finds both.
        families: by name.
        datasets: by name.
        exporters: by name.
        engines: by name.
        metrics: by key.
        test_sets: by name.
        failures: what was left out, in the order it was met.
        disabled: plugins that were found but not loaded because the user said so.
    """

    models: dict[str, PluginEntry[ModelSpec]] = field(default_factory=dict)
    families: dict[str, PluginEntry[ModelFamily]] = field(default_factory=dict)
    datasets: dict[str, PluginEntry[DatasetSpec]] = field(default_factory=dict)
    exporters: dict[str, PluginEntry[ExporterSpec]] = field(default_factory=dict)
    engines: dict[str, PluginEntry[EngineSpec]] = field(default_factory=dict)
    metrics: dict[str, PluginEntry[MetricSpec]] = field(default_factory=dict)
    test_sets: dict[str, PluginEntry[TestSetSpec]] = field(default_factory=dict)
    failures: list[PluginFailure] = field(default_factory=list)
    disabled: list[PluginInfo] = field(default_factory=list)
    _manager: pluggy.PluginManager = field(
        default_factory=lambda: pluggy.PluginManager("digitbench")
    )
    _infos: dict[_Plugin, PluginInfo] = field(default_factory=dict)
    _listeners: list[object] = field(default_factory=list)
    _members: dict[str, PluginEntry[ModelSpec]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._manager.add_hookspecs(hookspecs)

    @property
    def plugins(self) -> tuple[PluginInfo, ...]:
        """Those that are loaded, in that order."""
        return tuple(self._infos.values())

    @property
    def metric_failures(self) -> tuple[str, ...]:
        """What is wrong with metrics that were left out, a line each."""
        return tuple(str(f) for f in self.failures if f.hook == _METRICS_HOOK)

    def add(self, info: PluginInfo, load: Callable[[], object]) -> None:
        """Load one plugin and collect what it offers; a failure is noted, not raised."""
        try:
            with foreign_code():
                plugin = _Plugin(load())
                self._refuse_second(plugin)
                self._register(plugin, str(info))
        except DigitbenchError as error:
            self._fail(info, f"failed to load: {one_line(error)}")
            return
        self._infos[plugin] = info
        self._collect(plugin, "digitbench_models", self.models, check_model)
        self._collect(plugin, "digitbench_model_families", self.families, check_family)
        self._collect(plugin, "digitbench_datasets", self.datasets, check_dataset)
        self._collect(plugin, "digitbench_exporters", self.exporters, check_exporter)
        self._collect(plugin, "digitbench_engines", self.engines, check_engine)
        self._collect(plugin, _METRICS_HOOK, self.metrics, check_metric)
        self._collect(plugin, "digitbench_test_sets", self.test_sets, check_test_set)

    def model(self, name: str) -> PluginEntry[ModelSpec] | None:
        """Return the model of a name, made by its family if it has a prefix; None if none has it.

        Raises:
            UsageError: the family has no such member.
            ContractError: what the family made is not sound.
        """
        prefix, colon, member = name.partition(":")
        if not colon:
            return self.models.get(name)
        if name not in self._members and prefix in self.families:
            family = self.families[prefix]
            self._members[name] = PluginEntry(resolve_member(family.spec, member), family.plugin)
        return self._members.get(name)

    def offer_python_models(self, find: Callable[[str], object]) -> None:
        """Offer models that are given as Python objects, as the family `python`.

        Args:
            find: returns the object of a name, or raises an error.
        """
        self.families[PYTHON_FAMILY] = PluginEntry(python_family(find), PluginInfo("Python"))

    @contextmanager
    def listening(self, *listeners: object) -> Iterator[None]:
        """Register digitbench's own hook users for a while; they hear before all plugins.

        Their errors are not caught: a run whose results cannot be written must stop.
        """
        for listener in listeners:
            self._register(listener, f"digitbench:{type(listener).__name__}")
        self._listeners.extend(listeners)
        try:
            yield
        finally:
            for listener in listeners:
                self._listeners.remove(listener)
                self._manager.unregister(listener)

    def notify(self, hook: str, **arguments: object) -> None:
        """Call a hook of every listener and plugin that has it.

        A plugin that raises is reported once and hears nothing more in this run.
        """
        for listener in self._listeners:
            self._call(listener, hook, **arguments)
        for plugin, info in list(self._infos.items()):
            try:
                with foreign_code():
                    self._call(plugin, hook, **arguments)
            except DigitbenchError as error:
                self._manager.unregister(plugin)
                del self._infos[plugin]
                self._fail(info, f"{hook} failed: {one_line(error)}; it is left out from here on")
                _log.warning("%s", self.failures[-1])

    def _refuse_second(self, plugin: _Plugin) -> None:
        for other, info in self._infos.items():
            if other.subject is plugin.subject:
                raise ContractError(f"it is loaded already, as {info}")

    def _register(self, plugin: object, name: str) -> None:
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()  # a function marked as a hook that does not exist
            if not self._manager.get_hookcallers(plugin):
                raise ContractError("it has no hook; mark its functions with digitbench.hookimpl")
        except BaseException as error:
            if self._manager.is_registered(plugin):  # with some of its hooks, perhaps
                self._manager.unregister(plugin)
            if isinstance(error, pluggy.PluginValidationError):
                raise ContractError(" ".join(str(error).split())) from error
            raise

    def _call(self, plugin: object, hook: str, **arguments: object) -> list[Any]:
        others = (other for other in self._manager.get_plugins() if other is not plugin)
        results: list[Any] = self._manager.subset_hook_caller(hook, others)(**arguments)
        return results

    def _collect(
        self,
        plugin: _Plugin,
        hook: str,
        offers: dict[str, PluginEntry[SpecT]],
        check: Callable[[object], SpecT],
    ) -> None:
        info = self._infos[plugin]
        try:
            with foreign_code():
                records = [record for result in self._call(plugin, hook) for record in result]
        except DigitbenchError as error:
            self._fail(info, f"{hook} failed: {one_line(error)}", hook)
            return
        for record in records:
            try:
                with foreign_code():
                    spec = check(record)
            except DigitbenchError as error:
                self._fail(info, f"{hook}: {error}", hook)
                continue
            if spec.name in offers:
                taken = offers[spec.name].plugin
                said = f"{hook}: the name '{spec.name}' is already taken by {taken}"
                self._fail(info, said, hook)
            else:
                offers[spec.name] = PluginEntry(spec, info)

    def _fail(self, info: PluginInfo, reason: str, hook: str = "") -> None:
        self.failures.append(PluginFailure(info, reason, hook))
