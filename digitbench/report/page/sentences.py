"""Where the first two models differ and what the first costs, in words."""

from collections.abc import Sequence

from digitbench.metrics import Metric, View, shown
from digitbench.report import formatting
from digitbench.report.page.confusion import Confusion
from digitbench.report.page.gallery import Differences
from digitbench.report.page.models import Model

_AS_MUCH = 1.05
"""A cost that is not more than so many times another is called no higher."""


def differences_sentence(found: Differences) -> str:
    """Say how many images each of the first two misses alone."""
    first, second = found.first, found.second
    return (
        f"{first.other.label} misses {_images(first.count)} that {first.model.label} gets right, "
        f"{second.other.label} {_images(second.count)} that {second.model.label} gets right, "
        "by most of their trials."
    )


def mistakes_sentence(matrix: Confusion) -> str:
    """Say which mistake a model makes most often."""
    if not matrix.most_frequent:
        return f"{matrix.model.label} makes no mistake."
    worst = matrix.most_frequent[0]
    of = "" if len(matrix.model.summary.succeeded) == 1 else " a trial"
    return (
        f"The most frequent mistake of {matrix.model.label} is {worst.true} taken for "
        f"{worst.predicted}: {_images(worst.text)}{of}."
    )


def cost_sentence(models: Sequence[Model]) -> str:
    """Say what the first model costs, and how much more than the cheapest; empty if not known."""
    parts = [
        f"{metric.name} {formatting.amount(metric.unit, figure)}{_against(models, metric, figure)}"
        for metric in shown(View.PAGE)
        if (figure := models[0].summary.figure(metric)) is not None
    ]
    return f"Cost of {models[0].label}: {'; '.join(parts)}." if parts else ""


def _against(models: Sequence[Model], metric: Metric, figure: float) -> str:
    known = [
        (value, model.label)
        for model in models
        if (value := model.summary.figure(metric)) is not None
    ]
    least, label = min(known)
    if len(known) == 1:
        return ""
    if figure <= least * _AS_MUCH:
        return ", as little as any"
    if not least:
        return ""
    times = figure / least
    return f", {times:.1f} times {label}" if times < 10 else f", {times:,.0f} times {label}"  # noqa: PLR2004


def _images(count: int | str) -> str:
    return f"{count} image" if str(count) == "1" else f"{count} images"
