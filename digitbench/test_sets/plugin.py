"""digitbench's own test sets, offered the way any plugin offers its own.

What loads one is imported when it is loaded.
"""

from collections.abc import Iterable

from digitbench import hookimpl
from digitbench.datasets.published import QMNIST
from digitbench.test_sets.options import CorruptionOptions, ShiftOptions, UspsOptions
from digitbench.types import DIGIT_CLASSES, Dataset, TestSet, TestSetContext, TestSetSpec


def _load_corruptions(context: TestSetContext, dataset: Dataset) -> TestSet:
    from digitbench.test_sets.corruptions.loader import load_corruptions

    return load_corruptions(context, dataset)


def _load_disputed(context: TestSetContext, dataset: Dataset) -> TestSet:
    from digitbench.test_sets.disputed import load_disputed

    return load_disputed(context, dataset)


def _load_fresh(context: TestSetContext, dataset: Dataset) -> TestSet:
    from digitbench.test_sets.qmnist import load_fresh

    return load_fresh(context, dataset)


def _load_idx(context: TestSetContext, dataset: Dataset) -> TestSet:
    from digitbench.test_sets.idx import load_idx

    return load_idx(context, dataset)


def _load_pictures(context: TestSetContext, dataset: Dataset) -> TestSet:
    from digitbench.test_sets.pictures import load_pictures

    return load_pictures(context, dataset)


def _load_qmnist(context: TestSetContext, dataset: Dataset) -> TestSet:
    from digitbench.test_sets.qmnist import load_qmnist

    return load_qmnist(context, dataset)


def _load_shifts(context: TestSetContext, dataset: Dataset) -> TestSet:
    from digitbench.test_sets.shifts import load_shifts

    return load_shifts(context, dataset)


def _load_usps(context: TestSetContext, dataset: Dataset) -> TestSet:
    from digitbench.test_sets.usps import load_usps

    return load_usps(context, dataset)


@hookimpl
def digitbench_test_sets() -> Iterable[TestSetSpec]:
    """Return the test sets that come with digitbench."""
    return [
        TestSetSpec(
            name="corruptions",
            summary="The test images with fifteen corruptions, after MNIST-C",
            load=_load_corruptions,
            options=CorruptionOptions,
            source_url="https://arxiv.org/abs/1906.02337",
        ),
        TestSetSpec(
            name="disputed",
            summary="MNIST's test images without 100 disputed labels, with voted labels, alone",
            load=_load_disputed,
            source_url="https://github.com/cleanlab/label-errors",
        ),
        TestSetSpec(
            name="fresh",
            summary="QMNIST's 25,418 test digits by 238 people of whom MNIST has none",
            load=_load_fresh,
            classes=DIGIT_CLASSES,
            source_url=QMNIST.url,
        ),
        TestSetSpec(
            name="idx",
            summary="Images of your own in IDX format: a file beside its labels, or a directory",
            load=_load_idx,
            argument="FILE",
        ),
        TestSetSpec(
            name="pictures",
            summary="Pictures of your own digits, in folders 0 to 9 or listed in CSV",
            load=_load_pictures,
            classes=DIGIT_CLASSES,
            argument="DIR",
        ),
        TestSetSpec(
            name="qmnist",
            summary="QMNIST's 50,000 test digits beyond MNIST's 10,000",
            load=_load_qmnist,
            classes=DIGIT_CLASSES,
            source_url=QMNIST.url,
        ),
        TestSetSpec(
            name="shifts",
            summary="The test images moved, turned, resized, with other strokes, and noisy: curves",
            load=_load_shifts,
            options=ShiftOptions,
        ),
        TestSetSpec(
            name="usps",
            summary="USPS's 2,007 test digits, from envelopes, brought to 28x28 pixels",
            load=_load_usps,
            options=UspsOptions,
            classes=DIGIT_CLASSES,
            source_url="https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps",
        ),
    ]
