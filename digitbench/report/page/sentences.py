"""Where the first two models differ, and which mistake is the most frequent, in words."""

from digitbench.report.page.confusion import Confusion
from digitbench.report.page.gallery import Differences


def differences_sentence(found: Differences) -> str:
    """Say how many images each of the first two misses alone."""
    first, second = found.first, found.second
    return (
        f"By majority vote over trials, {first.other.name} misses {_images(first.count)} that "
        f"{first.model.name} gets right, and {second.other.name} {_images(second.count)} that "
        f"{second.model.name} gets right."
    )


def mistakes_sentence(matrix: Confusion) -> str:
    """Say which mistake a model makes most often."""
    if not matrix.most_frequent:
        return f"{matrix.model.name} makes no mistake."
    worst = matrix.most_frequent[0]
    of = "" if len(matrix.model.summary.succeeded) == 1 else " per trial"
    return (
        f"The most frequent mistake of {matrix.model.name}: {worst.true} misclassified as "
        f"{worst.predicted}, {_images(worst.text)}{of}."
    )


def _images(count: int | str) -> str:
    return f"{count} image" if str(count) == "1" else f"{count} images"
