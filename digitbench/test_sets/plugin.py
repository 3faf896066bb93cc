"""digitbench's own test sets, offered the way any plugin offers its own."""

from collections.abc import Iterable

from digitbench import hookimpl
from digitbench.datasets.published import QMNIST
from digitbench.test_sets.corruptions.loader import CorruptionOptions, load_corruptions
from digitbench.test_sets.disputed import load_disputed
from digitbench.test_sets.idx import load_idx
from digitbench.test_sets.pictures import load_pictures
from digitbench.test_sets.qmnist import load_fresh, load_qmnist
from digitbench.test_sets.shifts import ShiftOptions, load_shifts
from digitbench.test_sets.usps import UspsOptions, load_usps
from digitbench.types import DIGIT_CLASSES, TestSetSpec


@hookimpl
def digitbench_test_sets() -> Iterable[TestSetSpec]:
    """Return the test sets that come with digitbench."""
    return [
        TestSetSpec(
            name="corruptions",
            summary="The test images with fifteen corruptions, after MNIST-C",
            load=load_corruptions,
            options=CorruptionOptions,
            source_url="https://arxiv.org/abs/1906.02337",
        ),
        TestSetSpec(
            name="disputed",
            summary="MNIST's test images without 100 disputed labels, with voted labels, alone",
            load=load_disputed,
            source_url="https://github.com/cleanlab/label-errors",
        ),
        TestSetSpec(
            name="fresh",
            summary="QMNIST's 25,418 test digits by 238 people of whom MNIST has none",
            load=load_fresh,
            classes=DIGIT_CLASSES,
            source_url=QMNIST.url,
        ),
        TestSetSpec(
            name="idx",
            summary="Images of your own in IDX format: a file beside its labels, or a directory",
            load=load_idx,
            argument="FILE",
        ),
        TestSetSpec(
            name="pictures",
            summary="Pictures of your own digits, in folders 0 to 9 or listed in CSV",
            load=load_pictures,
            classes=DIGIT_CLASSES,
            argument="DIR",
        ),
        TestSetSpec(
            name="qmnist",
            summary="QMNIST's 50,000 test digits beyond MNIST's 10,000",
            load=load_qmnist,
            classes=DIGIT_CLASSES,
            source_url=QMNIST.url,
        ),
        TestSetSpec(
            name="shifts",
            summary="The test images moved, turned, resized, with other strokes, and noisy: curves",
            load=load_shifts,
            options=ShiftOptions,
        ),
        TestSetSpec(
            name="usps",
            summary="USPS's 2,007 test digits, from envelopes, brought to 28x28 pixels",
            load=load_usps,
            options=UspsOptions,
            classes=DIGIT_CLASSES,
            source_url="https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass.html#usps",
        ),
    ]
