"""Where the first two models differ and what the first gets wrong, in words."""

from digitbench.report.page.confusion import Confusion
from digitbench.report.page.gallery import Differences


def differences_sentence(found: Differences) -> str:
    """Say how many images each of the first two misses alone."""
    first, second = found.first, found.second
    return (
        f"{first.other.label} misses {_images(first.count)} that {first.model.label} gets right, "
        f"{second.other.label} {_images(second.count)} that {second.model.label} gets right, "
        "by majority vote over trials."
    )


def mistakes_sentence(matrix: Confusion) -> str:
    """Say which mistake a model makes most often."""
    if not matrix.most_frequent:
        return f"{matrix.model.label} makes no mistake."
    worst = matrix.most_frequent[0]
    per = "" if len(matrix.model.summary.succeeded) == 1 else " per trial"
    return (
        f"The most frequent mistake of {matrix.model.label} is {worst.true} misclassified as "
        f"{worst.predicted}: {_images(worst.text)}{per}."
    )


def _images(count: int | str) -> str:
    return f"{count} image" if str(count) == "1" else f"{count} images"
