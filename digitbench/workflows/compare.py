"""Compares two models of a run, or two runs: reads each side, and pairs the models of the two.

The grammar of a side, in this order: a run (its name, its path, or `latest`), `RUN:MODEL`, or a
model of the run that `--run` names. A run without a model stands for the model that the other side
names, or for its only one; two runs without models, for all models that both have.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from digitbench.analysis.head_to_head import HeadToHead, head_to_head, largest, versus_in
from digitbench.analysis.image_difference import ChangedImage, ImageDifference, image_difference
from digitbench.analysis.outcomes import Outcomes
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.sets_head_to_head import SetsVersus, sets_head_to_head
from digitbench.errors import UsageError
from digitbench.printable import printable
from digitbench.provenance import run_differences, short
from digitbench.report.verdicts import SMOKE_RUN
from digitbench.store import find_run, read_run, run_paths
from digitbench.types import RunRecord
from digitbench.workflows.run_models import (
    label_of,
    labels_of,
    listed,
    models_of,
    no_success,
    no_such_model,
    outcomes_by_label,
)
from digitbench.workflows.stored import run_and_model

__all__ = [
    "ChangedImage",
    "Compared",
    "ComparisonTargets",
    "Outcomes",
    "compare",
    "find_targets",
]


@dataclass(frozen=True, eq=False)
class ComparisonTargets:
    """Two sides on the same data, with what of them is compared.

    Attributes:
        a: the run of the first side.
        b: that of the second; the very same record if it is the same run.
        pairs: the models, one of each side; at least one pair.
        warnings: what differs between the runs apart from their models, and why models that both
            have are not compared; a line each.
    """

    a: RunRecord
    b: RunRecord
    pairs: tuple[tuple[Outcomes, Outcomes], ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Side:
    """A side as it was named: a run, and the label of a model if there is one."""

    letter: str
    record: RunRecord
    label: str | None


def find_targets(
    a: str, b: str, *, runs_dir: Path, run: str | None = None, model: str | None = None
) -> ComparisonTargets:
    """Find what two sides name.

    Args:
        a: the first side.
        b: the second.
        runs_dir: where runs are kept.
        run: the run of sides that name a model alone; the latest if None.
        model: the model to compare where both sides are runs.

    Raises:
        UsageError: a side names nothing, or both the same; no model can be paired; a model has no
            trial that succeeded; or the data differ.
        StoreError: a run is damaged.
    """
    named = [run_and_model(text, runs_dir) for text in (a, b)]
    if run is not None and all(path for path, _ in named):
        raise UsageError("--run is for sides that name a model alone, and both name a run")
    if model is not None and any(label is not None for _, label in named):
        raise UsageError("--model is for two runs, and a side names a model already")
    paths = [path or find_run(runs_dir, run or "latest") for path, _ in named]
    first = read_run(paths[0])
    second = first if paths[0].samefile(paths[1]) else read_run(paths[1])
    sides = (
        _side("A", first, named[0], a, runs_dir),
        _side("B", second, named[1], b, runs_dir),
    )
    _check_data(first, second)
    return _paired(sides, model)


@dataclass(frozen=True, eq=False)
class Compared:
    """What a comparison of two sides found.

    Attributes:
        found: each pair of models.
        chosen: the pair that is looked at down to the images: that with the largest difference.
        images: where the two of it differ.
        sets: the same models on further test sets.
    """

    found: tuple[HeadToHead, ...]
    chosen: HeadToHead
    images: ImageDifference
    sets: SetsVersus


def compare(targets: ComparisonTargets) -> Compared:
    """Compare the models of two sides.

    Models of one run keep the verdict that they have among all models of the run.
    """
    if targets.a is not targets.b:
        found = head_to_head(targets.pairs)
    else:
        comparison = compare_run(targets.a)
        found = tuple(versus_in(comparison, a.label, b.label) for a, b in targets.pairs)
    chosen = largest(found)
    sets = sets_head_to_head(targets.a, targets.b, targets.pairs)
    return Compared(found, chosen, image_difference(chosen.a, chosen.b), sets)


def _side(
    letter: str,
    record: RunRecord,
    named: tuple[Path | None, str | None],
    text: str,
    runs_dir: Path,
) -> _Side:
    path, model = named
    if model is None:
        return _Side(letter, record, None)
    label = label_of(record, model)
    if label is None and path is None:
        names = [found.name for found in run_paths(runs_dir)]
        near = get_close_matches(text, [*labels_of(record), *names])
        hint = f"did you mean {printable(' or '.join(near))}?" if near else models_of(record)
        raise UsageError(
            f"'{text}' is neither a run in {runs_dir} nor a model of {record.id}; {hint}"
        )
    if label is None:
        raise UsageError(no_such_model(record, model))
    return _Side(letter, record, label)


def _check_data(a: RunRecord, b: RunRecord) -> None:
    one, other = a.plan.dataset, b.plan.dataset
    if one.fingerprint != other.fingerprint:
        raise UsageError(
            f"the runs are of different data: A of {one.name} (fingerprint "
            f"{short(one.fingerprint)}), B of {other.name} ({short(other.fingerprint)}); compare "
            "runs on the same data"
        )
    if not np.array_equal(a.test_labels, b.test_labels):  # type: ignore[arg-type]
        raise UsageError(
            f"the runs {a.id} and {b.id} say that their data are the same, but have other test "
            "labels; one of them is damaged"
        )


def _paired(sides: tuple[_Side, _Side], model: str | None) -> ComparisonTargets:
    """Pair the models of two sides."""
    labels = _label_pairs(*sides, model)
    first, second = (outcomes_by_label(side.record) for side in sides)
    pairs, left_out = [], []
    for one, other in labels:
        reasons = [
            no_success(side.record, label)
            for side, label, found in zip(sides, (one, other), (first, second), strict=True)
            if label not in found
        ]
        if reasons:
            left_out.append(reasons[0])
        else:
            pairs.append((first[one], second[other]))
    if not pairs:
        raise UsageError("; ".join(left_out))
    a, b = (side.record for side in sides)
    models = [(one.planned, other.planned) for one, other in pairs]
    differences = [fact.beside() for fact in run_differences(a, b, models)]
    smoke = [f"{side.letter}: {SMOKE_RUN}" for side in sides if side.record.plan.dataset.quick]
    return ComparisonTargets(a, b, tuple(pairs), (*smoke, *differences, *left_out))


def _label_pairs(a: _Side, b: _Side, model: str | None) -> list[tuple[str, str]]:
    """Return the labels of the models to compare."""
    if a.label is None and b.label is None:
        if a.record is b.record:
            raise UsageError(f"A and B are the same run; name two of {models_of(a.record)}")
        return _of_runs(a, b, model)
    one = a.label or _counterpart(a, b.label)
    other = b.label or _counterpart(b, a.label)
    if a.record is b.record and one == other:
        raise UsageError(f"A and B are the same model of the same run: {one} of {a.record.id}")
    return [(one, other)]


def _of_runs(a: _Side, b: _Side, model: str | None) -> list[tuple[str, str]]:
    """Return the labels to compare of two runs without models."""
    if model is not None:
        found = [label_of(side.record, model) for side in (a, b)]
        for side, label in zip((a, b), found, strict=True):
            if label is None:
                raise UsageError(no_such_model(side.record, model))
        return [(found[0] or model, found[1] or model)]
    ours, theirs = labels_of(a.record), labels_of(b.record)
    if common := [label for label in ours if label in theirs]:
        return [(label, label) for label in common]
    if len(ours) == len(theirs) == 1:
        return [(ours[0], theirs[0])]
    raise UsageError(
        f"the runs have no model in common: A has {listed(ours)}; B has {listed(theirs)}; "
        "name one of each as RUN:MODEL"
    )


def _counterpart(side: _Side, label: str | None) -> str:
    """Return the model that a run stands for beside a model of that label."""
    labels = labels_of(side.record)
    if label in labels:
        return str(label)
    if len(labels) == 1:
        return labels[0]
    raise UsageError(
        f"{side.letter} is a run of several models, none of which is {label}; name one as "
        f"RUN:MODEL: {models_of(side.record)}"
    )
