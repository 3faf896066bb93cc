"""Several runs on one page: what they are, what can be compared, and each run folded below."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from digitbench.analysis.across_runs import RunOfSeveral, comparable_runs, several_runs
from digitbench.analysis.calibration import Calibration
from digitbench.metrics import Computed
from digitbench.report.across_runs import (
    accuracy_table,
    difference_tables,
    run_entries,
    size_of,
)
from digitbench.report.across_runs_words import names_of, sentences, title
from digitbench.report.page.contents import contents
from digitbench.report.page.models import Model
from digitbench.report.page.pairs_table import VERDICT_MARKS
from digitbench.report.page.rendering import page_html, run_html, templates
from digitbench.report.page.sets_across import sets_across
from digitbench.report.page.sprite import Sprite
from digitbench.types import Images, RunRecord

MOST_BYTES = 20_000_000
"""Of the runs' own sections; what would make the page larger is left to pages of their own."""


@dataclass(frozen=True, eq=False)
class RunParts:
    """What a run brings to the page; the fields are as for `report_page`."""

    record: RunRecord
    images: Images | None
    calibrations: Mapping[str, Calibration | None]
    computed: Computed


@dataclass(frozen=True, eq=False)
class FoldedRun:
    """A run below its heading.

    Attributes:
        letter: what it is called on the page.
        name: its directory's name.
        about: how large it is, and its data.
        place: the class of the sprite that has its digits.
        sections: ids and names of its sections.
        body: the sections; None if they would make the page too large.
    """

    letter: str
    name: str
    about: str
    place: str
    sections: tuple[tuple[str, str], ...]
    body: Markup | None


def runs_page(parts: Sequence[RunParts], most_bytes: int = MOST_BYTES) -> str:
    """Return runs as one HTML page; the same runs give the same page.

    Args:
        parts: the runs, in the order of the page.
        most_bytes: of the runs' own sections, all together.

    Raises:
        UsageError: there are too many, or one of them is damaged.
    """
    runs = several_runs([part.record for part in parts])
    groups = comparable_runs(runs)
    names = names_of(runs)
    sprites = {
        f"of-data-{number}": Sprite(_images(group.dataset.fingerprint, parts))
        for number, group in enumerate(groups)
    }
    places = {
        run.letter: place
        for place, group in zip(sprites, groups, strict=True)
        for run in group.runs
    }
    folded = tuple(_folded(runs, parts, places, sprites, most_bytes))
    differences = difference_tables(groups, names)
    test_sets = sets_across(groups, names)
    body = (
        templates()
        .get_template("runs.html")
        .render(
            title=title(groups),
            sentences=tuple(sentences(groups, names)),
            entries=run_entries(groups),
            tables=tuple(accuracy_table(group, names) for group in groups),
            keys=_keys(runs, names),
            differences=differences,
            test_sets=test_sets,
            marks=VERDICT_MARKS,
            folded=folded,
            of_run="",
        )
    )
    sections = [("runs", "Runs"), ("accuracy", "Accuracy")]
    if differences:
        sections.append(("between", "Between runs"))
    if test_sets:
        sections.append(("sets", "Test sets"))
    sections += [(run.letter, f"Run {run.letter}") for run in folded]
    return page_html(
        title(groups),
        sections,
        Markup(body),  # noqa: S704 (the templates escape what is put into them)
        {f".{place}": sprite for place, sprite in sprites.items()},
    )


def _images(fingerprint: str, parts: Sequence[RunParts]) -> Images | None:
    """Return the test images of the first run of the data that has them."""
    found = (part.images for part in parts if part.record.plan.dataset.fingerprint == fingerprint)
    return next((images for images in found if images is not None), None)


def _folded(
    runs: Sequence[RunOfSeveral],
    parts: Sequence[RunParts],
    places: Mapping[str, str],
    sprites: Mapping[str, Sprite],
    most_bytes: int,
) -> Iterator[FoldedRun]:
    """Yield the runs with their sections, as long as these are not too large together."""
    labels = _labels(runs)
    size_bytes = 0
    for run, part in zip(runs, parts, strict=True):
        page = contents(
            run.record,
            sprites[places[run.letter]],
            calibrations=part.calibrations,
            computed=part.computed,
            labels=labels,
        )
        body = run_html(page, headings=("h3", "h3", "h4", "h5"), letter=run.letter)
        size_bytes += len(body.encode("utf-8"))
        yield FoldedRun(
            letter=run.letter,
            name=run.record.id,
            about=f"{size_of(run)}, {run.record.plan.dataset.name}",
            place=places[run.letter],
            sections=tuple((f"{run.letter}-{name}", text) for name, text in page.sections),
            body=body if size_bytes <= most_bytes else None,
        )


def _keys(runs: Sequence[RunOfSeveral], names: Mapping[str, str]) -> dict[str, Model]:
    """Return how each model is drawn on the whole page, by its label."""
    numbers = {label: number for number, label in enumerate(_labels(runs))}
    return {
        model.planned.label: Model(
            model.planned.label,
            names[model.planned.label],
            numbers[model.planned.label],
            model,
            None,
        )
        for run in runs
        for model in run.models
    }


def _labels(runs: Sequence[RunOfSeveral]) -> list[str]:
    """Return the labels of all models, each once."""
    return list(dict.fromkeys(model.planned.label for run in runs for model in run.models))
