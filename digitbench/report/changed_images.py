"""The images on which two sides differ: how many of each digit, and the largest changes drawn."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitbench.analysis.head_to_head import HeadToHead
from digitbench.analysis.image_difference import ChangedImage, ImageDifference
from digitbench.analysis.outcomes import Outcomes
from digitbench.report.terminal_images import CaptionedDigit, DigitGallery
from digitbench.types import NUM_CLASSES, Images

_WIDE = 62
"""Columns from which the digits stand side by side in the table of counts."""


def changed_images(
    chosen: HeadToHead,
    difference: ImageDifference,
    console: Console,
    *,
    images: Images | None,
    most: int,
) -> RenderableType:
    """Return the images on which two models differ: counts by digit, and the largest changes.

    Args:
        chosen: the models.
        difference: of A's images to B's.
        console: what it will be printed on.
        images: the test images; None if they cannot be had: the changes are then listed in words.
        most: how many changes are shown.
    """
    parts: list[RenderableType] = [_counts(chosen, difference, console), _definition()]
    shares = shared_out(most, len(difference.newly_wrong), len(difference.newly_right))
    for title, changed, share in (
        ("Newly wrong", difference.newly_wrong, shares[0]),
        ("Newly right", difference.newly_right, shares[1]),
    ):
        if share:
            parts += [
                "",
                Text(f"{title}: {_shown_of(share, len(changed))}", style="bold"),
                _shown(chosen, changed[:share], images),
            ]
    return Group(*parts)


def shared_out(most: int, first: int, second: int) -> tuple[int, int]:
    """Share places out between two lists: half each, and what one does not need to the other."""
    ours = min(first, max(most - most // 2, most - second))
    return ours, min(second, most - ours)


def answer(model: Outcomes, index: int) -> str:
    """Say what the trials of a model make of an image: `9 (3/5) 4 (2/5)`, the usual one first."""
    given = Counter(model.predictions[:, index].tolist())
    trials = len(model.trials)
    ranked = sorted(given.items(), key=lambda item: (-item[1], item[0]))
    return " ".join(f"{digit} ({count}/{trials})" for digit, count in ranked)


def _counts(chosen: HeadToHead, difference: ImageDifference, console: Console) -> Table:
    """Return how many images of each digit changed, as wide or as tall as the console has room."""
    digits = range(NUM_CLASSES)
    rows = [["Digit", *map(str, digits), "All"]]
    labels = Counter(chosen.a.labels.tolist())
    for name, counts in (
        ("Test images", labels),
        ("Newly wrong", Counter(image.label for image in difference.newly_wrong)),
        ("Newly right", Counter(image.label for image in difference.newly_right)),
    ):
        rows.append([name, *(f"{counts[digit]:,}" for digit in digits), f"{counts.total():,}"])
    if console.width < _WIDE:
        rows = [list(column) for column in zip(*rows, strict=True)]
    table = Table(
        box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False, show_edge=False
    )
    for place, heading in enumerate(rows[0]):
        table.add_column(heading, justify="right" if place else "left", overflow="fold")
    for row in rows[1:]:
        table.add_row(*row)
    return table


def _definition() -> Text:
    return Text(
        "Newly wrong: what most trials of B predict is wrong, and what most of A predict is right. "
        "Newly right: the reverse.",
        style="dim",
    )


def _shown_of(share: int, total: int) -> str:
    if share == total:
        return f"{total:,}"
    return f"{total:,}, the largest {'change' if share == 1 else f'{share} changes'} here"


def _shown(
    chosen: HeadToHead, changed: Sequence[ChangedImage], images: Images | None
) -> RenderableType:
    """Draw the images, or tell of each in a line."""
    captions = [tuple(_caption(chosen, image)) for image in changed]
    if images is None:
        return Text("\n".join(" · ".join(caption) for caption in captions))
    return DigitGallery(
        [
            CaptionedDigit(images[image.index], caption)
            for image, caption in zip(changed, captions, strict=True)
        ]
    )


def _caption(chosen: HeadToHead, image: ChangedImage) -> Iterator[str]:
    yield f"#{image.index}"
    yield f"true {image.label}"
    yield f"A {answer(chosen.a, image.index)}"
    yield f"B {answer(chosen.b, image.index)}"
