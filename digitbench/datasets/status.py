"""What `digitbench data list` and `digitbench data verify` say; nothing is downloaded here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from digitbench.datasets.cache import entry_state
from digitbench.datasets.fingerprint import fingerprint
from digitbench.datasets.loaders import PublishedLoader
from digitbench.datasets.source import Source
from digitbench.datasets.writers import known_groups
from digitbench.errors import DigitbenchError
from digitbench.foreign import foreign_code
from digitbench.types import DataContext, DatasetSpec


@runtime_checkable
class LocatingLoader(Protocol):
    """A loader that can say where it would find its data set, as digitbench's own can."""

    def sources(self, context: DataContext) -> list[Source]:
        """Find every copy that may be used now, best first; nothing is read or downloaded."""

    def where_otherwise(self, context: DataContext) -> str:
        """Say where the data set would come from if there is no copy of it."""


@dataclass(frozen=True)
class DatasetStatus:
    """One line of `digitbench data list`.

    Attributes:
        name: the data set's name.
        summary: its summary.
        present: whether it can be had without the network; None if its plugin does not tell.
        where: where it would come from now, in words.
        groups: what the groups of its images are called, such as `writer`; None if they are not
            known, or only once its images are read.
    """

    name: str
    summary: str
    present: bool | None
    where: str
    groups: str | None = None


@dataclass(frozen=True)
class Verification:
    """One line of `digitbench data verify`.

    Attributes:
        name: the data set's name.
        where: the copy that was read.
        ok: whether all is well with it.
        detail: what was found, or what is wrong and what to do.
    """

    name: str
    where: str
    ok: bool
    detail: str


def dataset_status(spec: DatasetSpec, context: DataContext) -> DatasetStatus:
    """Tell where a data set would come from now, without reading or downloading it.

    Args:
        spec: the data set.
        context: what its loader may use.
    """
    try:
        with foreign_code():
            if not isinstance(spec.load, LocatingLoader):
                return DatasetStatus(spec.name, spec.summary, None, "from plugin")
            sources = spec.load.sources(context)
            where = sources[0].where if sources else spec.load.where_otherwise(context)
            return DatasetStatus(
                spec.name, spec.summary, bool(sources), where, _groups_before_reading(spec)
            )
    except DigitbenchError as error:
        return DatasetStatus(spec.name, spec.summary, present=False, where=str(error))


def _groups_before_reading(spec: DatasetSpec) -> str | None:
    if known := known_groups(spec.canonical_fingerprint or ""):
        return known[1].name
    return spec.load.published.groups if isinstance(spec.load, PublishedLoader) else None


def verify(specs: Iterable[DatasetSpec], context: DataContext) -> list[Verification]:
    """Read every copy of the data sets again and compare it with what is known.

    Compared are published checksums, canonical fingerprints and the array cache. Data sets that
    are not on this machine, or whose plugins do not tell where they are, are left out.

    Args:
        specs: the data sets.
        context: what their loaders may use.

    Returns:
        One line per copy found, and per data set of which a named directory has only a part.
    """
    rows: list[Verification] = []
    for spec in specs:
        try:
            sources = sources_of(spec, context)
        except DigitbenchError as error:
            where = str(context.data_dir)
            rows.append(Verification(spec.name, where, ok=False, detail=str(error)))
            continue
        rows += [_verify_source(spec, source, context) for source in sources]
    return rows


def sources_of(spec: DatasetSpec, context: DataContext) -> list[Source]:
    """Return every copy of a data set that its loader would use; none if it does not tell.

    Raises:
        DigitbenchError: it cannot tell.
    """
    with foreign_code():
        return spec.load.sources(context) if isinstance(spec.load, LocatingLoader) else []


def _verify_source(spec: DatasetSpec, source: Source, context: DataContext) -> Verification:
    try:
        with foreign_code():
            train, test = source.read()
    except DigitbenchError as error:
        return Verification(spec.name, source.where, ok=False, detail=str(error))
    found = fingerprint(train, test)
    sizes = f"{len(train):,} training and {len(test):,} test images"
    if spec.canonical_fingerprint not in (None, found):
        detail = f"{sizes}, but not those of the published {spec.name}; get fresh copies"
        return Verification(spec.name, source.where, ok=False, detail=detail)
    state = entry_state(context.cache_dir, spec.name, source, found)
    if state == "damaged":
        detail = "its entry in the array cache is damaged; the next run makes it anew"
        return Verification(spec.name, source.where, ok=False, detail=detail)
    canonical = ", canonical" if spec.canonical_fingerprint else ""
    cached = ", cached" if state == "good" else ""
    of_mnist = known_groups(found)
    groups = of_mnist[1] if of_mnist else test.groups
    known = f", {groups.plural} known" if groups else ""
    detail = sizes + canonical + known + cached
    return Verification(spec.name, source.where, ok=True, detail=detail)
