"""The further test sets of a run: found among what plugins offer, then loaded and planned."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from pydantic import JsonValue

from digitbench.datasets.load import LoadedDataset, load_dataset
from digitbench.datasets.test_sets import fingerprint_of, load_test_set, planned_conditions
from digitbench.errors import DigitbenchError, UsageError, one_line
from digitbench.plugins import PluginEntry, PluginHost
from digitbench.runner.resolve import (
    find_test_set,
    normal_form,
    parse_option_values,
    plain_options,
)
from digitbench.runner.set_requests import SetRequest
from digitbench.types import (
    DataContext,
    Dataset,
    DatasetSpec,
    ModelOptions,
    PlannedTestSet,
    TestCondition,
    TestSet,
    TestSetContext,
    TestSetSpec,
)
from digitbench.types.plugins import PluginInfo

_PATHS = {"DIR", "FILE"}
"""What an argument is called that is a path."""


@dataclass(frozen=True)
class WantedSet:
    """A test set that is there and can be loaded.

    Attributes:
        request: what was asked for, with a label, and a path made absolute.
        options: every option with its value.
        plugin: the plugin that offers it.
        classes: what its labels stand for; None for whatever those of the run's data set do.
        of_dataset: whether it is a data set's test images.
        load: makes it for the run's data set.
    """

    request: SetRequest
    options: dict[str, JsonValue]
    plugin: PluginInfo
    classes: tuple[str, ...] | None
    of_dataset: bool
    load: Callable[[DataContext, Dataset], TestSet]

    @property
    def label(self) -> str:
        """What the set is called in the run."""
        return self.request.label or self.request.name

    def planned(self, found: TestSet | None, error: str | None = None) -> PlannedTestSet:
        """Return what a plan says of it, loaded or not."""
        return PlannedTestSet(
            label=self.label,
            name=self.request.name,
            options=self.options,
            argument=self.request.argument,
            plugin=self.plugin.name,
            distribution=self.plugin.distribution,
            version=self.plugin.version,
            source=found.source if found else "",
            fingerprint=fingerprint_of(found) if found else "",
            conditions=planned_conditions(found) if found else (),
            error=error,
        )


@dataclass(frozen=True)
class LoadedSets:
    """The test sets of a run.

    Attributes:
        planned: all of them, in the order asked for.
        test_sets: those that could be loaded, by label.
    """

    planned: tuple[PlannedTestSet, ...]
    test_sets: dict[str, TestSet]


def resolve_test_sets(requests: Iterable[SetRequest], host: PluginHost) -> tuple[WantedSet, ...]:
    """Find the test sets that are asked for; the name of a data set stands for its test images.

    Raises:
        UsageError: there is no such set, an option is unknown or its value wrong, what follows the
            colon is missing or has no meaning, or two requests mean the same set.
    """
    wanted = tuple(_resolve(request, host) for request in requests)
    for one, other in combinations(wanted, 2):
        if _identity(one) == _identity(other):
            raise UsageError(
                f"--test-sets names one set twice: {one.label} and {other.label} are the same"
            )
    return wanted


def check_classes(wanted: Iterable[WantedSet], dataset: DatasetSpec) -> None:
    """Refuse test sets whose labels mean something else than those of a run's data set.

    Raises:
        UsageError: there is one, or one is the data set itself.
    """
    for one in wanted:
        if one.of_dataset and one.request.name == dataset.name and one.request.argument is None:
            raise UsageError(
                f"--test-sets: {one.label} is the run's own data set, whose test images are "
                "predicted anyway: leave it out"
            )
        if one.classes not in {None, dataset.classes}:
            raise UsageError(
                f"--test-sets: {one.label} has other classes than the run's data set "
                f"{dataset.name}: leave it out, or take a data set with the same classes"
            )


def load_sets(
    wanted: Iterable[WantedSet],
    loaded: LoadedDataset,
    context: DataContext,
    told: Callable[[str], None],
    *,
    quick: bool = False,
) -> LoadedSets:
    """Load test sets; one that cannot be loaded is planned with the reason.

    Args:
        wanted: the sets.
        loaded: the run's data set.
        context: what loaders may use.
        told: gets a line for each set that is left out.
        quick: keep the first images of each condition.
    """
    planned, test_sets = [], {}
    for one in wanted:
        try:
            found = load_wanted(one, loaded, context, quick=quick)
        except DigitbenchError as error:
            reason = one_line(error)
            told(f"test set {one.label} is left out: {reason}")
            planned.append(one.planned(None, reason))
            continue
        test_sets[one.label] = found
        planned.append(one.planned(found))
    return LoadedSets(tuple(planned), test_sets)


def load_wanted(
    wanted: WantedSet, loaded: LoadedDataset, context: DataContext, *, quick: bool
) -> TestSet:
    """Load one test set.

    Raises:
        DigitbenchError: it cannot be had or is bad, or its loader failed.
    """
    dataset = loaded.dataset
    return load_test_set(wanted.label, lambda: wanted.load(context, dataset), dataset, quick=quick)


def _resolve(request: SetRequest, host: PluginHost) -> WantedSet:
    if request.name in host.datasets and request.name not in host.test_sets:
        return _of_dataset(request, host.datasets[request.name])
    offer = find_test_set(request.name, host)
    spec = offer.spec
    argument = _argument(request, spec)
    options = parse_option_values(spec.name, spec.options, request.options, "test set")

    def load(context: DataContext, dataset: Dataset) -> TestSet:
        return spec.load(TestSetContext(context, options, argument), dataset)

    return WantedSet(
        request=_labelled(request, options, argument),
        options=plain_options(spec.name, options, "test set"),
        plugin=offer.plugin,
        classes=spec.classes,
        of_dataset=False,
        load=load,
    )


def _of_dataset(request: SetRequest, offer: PluginEntry[DatasetSpec]) -> WantedSet:
    """Return the test images of a data set as a test set; what follows its name is where it is.

    The run's own `--data-dir` is not: there lie the files of the run's data set.
    """
    spec = offer.spec
    if request.options:
        option = next(iter(request.options))
        raise UsageError(f"test set '{spec.name}' has no option '{option}'; its options: none")
    place = None if request.argument is None else _absolute(request.argument)

    def load(context: DataContext, dataset: Dataset) -> TestSet:
        where = None if place is None else Path(place)
        found = load_dataset(spec, replace(context, data_dir=where)).dataset
        condition = TestCondition(found.test.labels, found.test.images, groups=found.test.groups)
        return TestSet((condition,), found.source)

    return WantedSet(
        request=replace(request, argument=place, label=request.label or request.called),
        options={},
        plugin=offer.plugin,
        classes=spec.classes,
        of_dataset=True,
        load=load,
    )


def _argument(request: SetRequest, spec: TestSetSpec) -> str | None:
    """Return what follows the colon, as the set's loader gets it.

    Raises:
        UsageError: it is missing, or has no meaning.
    """
    given = request.argument
    if spec.argument is None and given is not None:
        raise UsageError(
            f"test set '{spec.name}' takes nothing after a colon: leave out ':{given}'"
        )
    if spec.argument is not None and given is None:
        raise UsageError(f"test set '{spec.name}' needs more: write {spec.name}:{spec.argument}")
    return _absolute(given) if given is not None and spec.argument in _PATHS else given


def _absolute(path: str) -> str:
    """Return a path that means the same wherever the run is taken up again."""
    try:
        return str(Path(path).expanduser().absolute())
    except RuntimeError as error:
        raise UsageError(f"--test-sets: there is no such home directory: {path}") from error


def _labelled(request: SetRequest, options: ModelOptions, argument: str | None) -> SetRequest:
    """Return a request with the set's label: what was asked for, in normal form."""
    label = request.label or normal_form(request.called, options)
    return replace(request, argument=argument, label=label)


def _identity(wanted: WantedSet) -> tuple[object, ...]:
    return wanted.request.name, wanted.request.argument, repr(wanted.options)
