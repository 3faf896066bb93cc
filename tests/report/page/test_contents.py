"""The figures on the page are those of the analysis."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitbench.analysis.calibration import calibrations
from digitbench.analysis.classes import class_figures
from digitbench.analysis.image_difference import image_difference
from digitbench.analysis.outcomes import outcomes
from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import summarise
from digitbench.metrics import FIT, SIZE
from digitbench.report import formatting
from digitbench.report.headline import headline, place_words
from digitbench.report.verdicts import pair_sentence
from digitbench.types import RunRecord

NOISY = "centroid[noise=1.5]"


def test_the_first_words_are_the_verdicts(page: Any, record: RunRecord) -> None:
    found = headline(summarise(record), compare_run(record))
    assert page.all("h1")[0].text == found.title
    shown = [e.text for e in page.with_id("summary").all("li")]
    assert shown[:2] == [found.certainty, found.recommendation]


def test_the_ranking_holds_every_model_the_failed_one_last(
    page: Any, record: RunRecord, names: dict[str, str]
) -> None:
    comparison = compare_run(record)
    places = place_words(comparison)
    rows = page.rows("ranking")
    labels = [model.outcomes.label for model in comparison.models]
    assert [row[0] for row in rows[:2]] == [names[label] for label in labels]
    for row, ranked in zip(rows, comparison.models, strict=False):
        sure = ranked.uncertainty
        assert row[1] == places[ranked.outcomes.label]
        assert row[2] == formatting.percent(sure.mean)
        for cell, interval in ((row[3], sure.interval), (row[4], sure.seed_interval)):
            ends = map(formatting.percent, interval or ())
            expected = "\N{EN DASH}".join(ends) or formatting.ABSENT
            assert cell == expected
        assert float(row[5]) == pytest.approx(40 * (1 - sure.mean), abs=0.05)
    summaries = {row.planned.label: row for row in summarise(record)}
    for row, label in zip(rows, labels, strict=False):
        summary = summaries[label]
        assert summary.figure(FIT) is not None
        assert row[7] == formatting.duration(summary.figure(FIT))
        assert row[9] == formatting.size(summary.figure(SIZE))
    assert rows[2][:3] == ["wrong-labels", "—", "failed"]
    assert rows[2][6] == "0/3"


def test_every_trial_has_a_dot_and_every_interval_its_mark(page: Any, record: RunRecord) -> None:
    rows = [e for e in page.all("div") if "row" in e.classes and "axis" not in e.classes]
    comparison = compare_run(record)
    assert len(rows) == len(comparison.models)
    for row, ranked in zip(rows, comparison.models, strict=True):
        dots = [e for e in row.all("circle") if "dot" in e.classes]
        assert len(dots) == len(ranked.outcomes.trials)
        marks = [e for e in row.all() if e.classes & {"seeds", "total"}]
        sure = ranked.uncertainty
        assert len(marks) == (sure.seed_interval is not None) + 3 * (sure.interval is not None)
        (plot,) = [e for e in row.all("svg") if "plot" in e.classes]
        assert formatting.percent(sure.mean) in plot.attributes["aria-label"]


def test_pairs_have_both_claims_in_figures_and_words(
    page: Any, record: RunRecord, names: dict[str, str]
) -> None:
    (pair,) = compare_run(record).pairs
    (row,) = page.rows("pairs")
    assert row[:3] == [
        names[pair.first.label],
        names[pair.second.label],
        formatting.signed_points(pair.difference),
    ]
    assert pair.population.verdict.value in row
    assert formatting.signed_interval(pair.population.interval) in row
    assert formatting.signed_interval(pair.test_set.interval) in row
    assert pair_sentence(pair, told=True) in page.with_id("pairs").text


def test_a_cell_of_a_confusion_matrix_leads_to_its_images(
    page: Any, record: RunRecord, names: dict[str, str]
) -> None:
    found = {names[model.label]: model for model in outcomes(record)}
    section = page.with_id("confusion")
    matrices = [e for e in section.all("section") if "confusion" in e.classes]
    assert len(matrices) == 2
    links = 0
    for matrix in matrices:
        figures = class_figures(found[matrix.all("h3")[0].text])
        rows = matrix.all("tbody")[0].all("tr")
        for true, row in enumerate(rows):
            for predicted, cell in enumerate(row.all("td")):
                anchors = cell.all("a")
                value = figures.confusion[true, predicted]
                assert bool(anchors) == (true != predicted and value > 0)
                if not anchors:
                    continue
                links += 1
                images = page.with_id(anchors[0].attributes["href"][1:])
                shown = [int(e.text[1:]) for e in images.all("span") if e.text.startswith("#")]
                assert shown == figures.cells[true, predicted].images.tolist()[:24]
    assert links > 5


def test_digits_that_only_one_of_the_first_two_misses(
    page: Any, record: RunRecord, names: dict[str, str]
) -> None:
    first, second = (model.outcomes for model in compare_run(record).models)
    difference = image_difference(first, second)
    section = page.with_id("differ").parent
    assert f"{len(difference.newly_wrong)} missed only by {names[second.label]}" in section.text
    assert f"{len(difference.newly_right)} missed only by {names[first.label]}" in section.text
    tiles = [e for e in section.all("i") if "d" in e.classes]
    assert len(tiles) == min(12, len(difference.newly_wrong) + len(difference.newly_right))


def test_per_class_figures(page: Any, record: RunRecord) -> None:
    models = [model.outcomes for model in compare_run(record).models]
    rows = page.rows("classes")
    for digit, row in enumerate(rows):
        cells = [class_figures(model).digits[digit] for model in models]
        expected = [str(digit), "4"]
        for cell in cells:
            assert cell is not None
            means = (cell.precision.mean if cell.precision else None, cell.recall.mean)
            expected += [formatting.percent(mean) for mean in (*means, cell.f1.mean)]
        assert row == expected


def test_calibration_is_shown_where_there_are_probabilities(
    page_of: Callable[..., Any], record: RunRecord
) -> None:
    assert not [e for e in page_of(record).all() if e.attributes.get("id") == "calibration"]
    assert record.test_labels is not None
    rng = np.random.default_rng(0)
    results = tuple(
        result.model_copy(
            update={"probabilities": rng.dirichlet(np.ones(10), 40).astype(np.float32)}
        )
        if result.spec.model == NOISY
        else result
        for result in record.results
    )
    section = page_of(record.model_copy(update={"results": results})).with_id("calibration")
    found = calibrations(results, record.test_labels)[NOISY]
    assert found is not None
    error = formatting.points(found.expected_calibration_error.mean)
    (diagram,) = (e for e in section.all("svg") if "aria-label" in e.attributes)
    assert f"error {error} percentage" in diagram.attributes["aria-label"]
    filled = [part for part in found.reliability if part.count]
    assert len([e for e in section.all("circle") if "dot" in e.classes]) == len(filled)


def test_learning_curves_have_a_plot_for_each_metric(
    page_of: Callable[..., Any], record: RunRecord, names: dict[str, str]
) -> None:
    history = ({"loss": 1.0, "accuracy": 0.5, "seconds": 1.0}, {"loss": 0.5, "accuracy": 0.75})
    results = tuple(
        result.model_copy(update={"history": history} if result.spec.model == NOISY else {})
        for result in record.results
    )
    section = page_of(record.model_copy(update={"results": results})).with_id("curves")
    titles = [figure.all("figcaption")[0].text for figure in section.all("figure")]
    assert titles == [f"{names[NOISY]} loss", f"{names[NOISY]} accuracy"]
    words = [svg.attributes.get("aria-label", "") for svg in section.all("svg")]
    assert f"{NOISY}, loss: from 1 at 1 to 0.5 at 2" in words


def test_a_training_that_goes_astray_has_its_curve(
    page_of: Callable[..., Any], record: RunRecord
) -> None:
    history = ({"loss": 1.0}, {"loss": 1e300}, {"loss": float("inf")}, {"loss": float("nan")})
    results = tuple(r.model_copy(update={"history": history}) for r in record.results)
    section = page_of(record.model_copy(update={"results": results})).with_id("curves")
    (line, _) = (e.attributes["points"] for e in section.all("polyline"))
    assert line == "0,100 100,0" or len(line.split()) == 2
    trials = sum(result.spec.model == NOISY and result.status == "ok" for result in record.results)
    note = f"{NOISY}: loss is NaN or infinite in {trials} of {trials} trials, first at 3"
    assert note in section.text


def test_a_training_without_a_finite_figure_has_a_note_and_no_plot(
    page_of: Callable[..., Any], record: RunRecord
) -> None:
    history = ({"loss": float("nan")}, {"loss": float("nan")})
    results = tuple(r.model_copy(update={"history": history}) for r in record.results)
    section = page_of(record.model_copy(update={"results": results})).with_id("curves")
    assert not section.all("figure")
    assert "loss is NaN or infinite" in section.text


def test_failures_have_their_reasons(page: Any, record: RunRecord) -> None:
    section = page.with_id("failures")
    assert len(record.failed) == 3
    for result in record.failed:
        assert str(result.error) in section.text


def test_each_digit_is_embedded_once(page: Any) -> None:
    places: dict[str, set[str]] = {}
    for card in page.with_id("digits").all("li"):
        tiles = [e for e in card.children if "d" in e.classes]
        for tile in tiles:
            index = next(e.text for e in card.all("span") if e.text.startswith("#"))
            places.setdefault(index, set()).add(tile.attributes["style"])
    assert len(places) > 3
    assert all(len(styles) == 1 for styles in places.values())
    assert page.html.count("data:image/png") == 1
