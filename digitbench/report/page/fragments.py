"""Parts of the page for a cell of a notebook: they bring no style sheet and need no other part."""

from collections.abc import Sequence

from digitbench.analysis.head_to_head import HeadToHead
from digitbench.analysis.image_difference import ChangedImage, ImageDifference
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.sets_head_to_head import SetsVersus
from digitbench.report import formatting
from digitbench.report.changed_images import answer, shared_out
from digitbench.report.data_title import dataset_title
from digitbench.report.head_to_head import left_out_sentence, versus_cells
from digitbench.report.headline import headline, place_words
from digitbench.report.page.models import models_of
from digitbench.report.page.notes import notes
from digitbench.report.page.ranking import ranking
from digitbench.report.page.rendering import templates
from digitbench.report.page.sprite import digit_png
from digitbench.report.populations import population_of
from digitbench.report.verdicts import pair_sentence, seeds_only_sentence
from digitbench.types import Images, RunRecord


def run_fragment(record: RunRecord) -> str:
    """Return the verdict and the ranking of a run as HTML."""
    compared = compare_run(record)
    models = models_of(record, compared)
    return _rendered(
        "cell_run.html",
        about=f"{dataset_title(record.plan.dataset)} · {record.id}",
        sentences=headline([model.summary for model in models], compared).sentences,
        test_images=formatting.count(record.plan.dataset.test_size),
        population=population_of(compared) if compared.models else "",
        rows=ranking(models, place_words(compared)),
        notes=list(notes(record, models)),
        failures=record.failed,
        status=record.status,
    )


def versus_fragment(found: Sequence[HeadToHead], chosen: HeadToHead, sets: SetsVersus) -> str:
    """Return the verdict on two models, and the figures of each pair of models compared.

    Args:
        found: the models that are compared; at least one pair.
        chosen: the pair that the verdict is about.
        sets: the same models on further test sets.
    """
    rows = [_versus_row(one) for one in sorted(found, key=lambda each: -each.pair.difference)]
    on_sets = [
        {"test_set": one.test_set, **_versus_row(versus)}
        for one in sets.compared
        for versus in one.found
    ]
    return _rendered(
        "cell_versus.html",
        sentences=[pair_sentence(chosen.pair), seeds_only_sentence(chosen.pair)],
        tables=[rows, on_sets] if on_sets else [rows],
        left_out=list(left_out_sentence(sets)),
    )


def _versus_row(one: HeadToHead) -> dict[str, str]:
    names = ("a_accuracy", "b_accuracy", "difference", "interval", "p", "verdict")
    figures = dict(zip(names, versus_cells(one), strict=True))
    return {"a": one.labels[0], "b": one.labels[1], **figures}


def changed_fragment(
    chosen: HeadToHead, difference: ImageDifference, images: Images | None, most: int
) -> str:
    """Return the images on which two models differ, the largest changes drawn.

    Args:
        chosen: the models.
        difference: of A's images to B's.
        images: the test images; None if they cannot be had.
        most: how many changes are drawn.
    """
    shares = shared_out(most, len(difference.newly_wrong), len(difference.newly_right))
    parts = [
        ("Newly wrong", len(difference.newly_wrong), difference.newly_wrong[: shares[0]]),
        ("Newly right", len(difference.newly_right), difference.newly_right[: shares[1]]),
    ]

    def drawn(image: ChangedImage) -> str | None:
        return None if images is None else digit_png(images[image.index])

    return _rendered("cell_changed.html", parts=parts, drawn=drawn, answer=answer, chosen=chosen)


def _rendered(template: str, **parts: object) -> str:
    return templates().get_template(template).render(**parts)
