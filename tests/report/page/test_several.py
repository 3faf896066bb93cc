"""Several runs on one page."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from digitbench.analysis.calibration import calibrations
from digitbench.metrics import NOTHING_COMPUTED
from digitbench.report.labels import short_labels
from digitbench.report.page import RunParts, runs_page
from digitbench.types import RunRecord, TrialData
from page_checks import check_page
from page_sets import with_all_kinds

NOISY = "centroid[noise=1.5]"


@pytest.fixture(scope="session")
def parts_of(tiny_data: TrialData) -> Callable[..., RunParts]:
    """Return a function that makes a run on the tiny data ready for a page."""

    def make(record: RunRecord, run_id: str, **fields: Any) -> RunParts:
        assert record.test_labels is not None
        named = record.model_copy(update={"id": run_id, **fields})
        found = calibrations(record.results, record.test_labels)
        return RunParts(named, tiny_data.test.images, found, NOTHING_COMPUTED)

    return make


@pytest.fixture(scope="session")
def elsewhere(record: RunRecord) -> dict[str, Any]:
    """Return what makes a run one on other data."""
    dataset = record.plan.dataset.model_copy(update={"name": "other", "fingerprint": "f" * 64})
    return {"plan": record.plan.model_copy(update={"dataset": dataset})}


@pytest.fixture
def taken_apart(page_of: Callable[..., Any], record: RunRecord) -> Callable[[str], Any]:
    """Return a function that takes a page apart."""
    return type(page_of(record))


def test_the_page_is_whole_safe_and_readable(
    taken_apart: Callable[[str], Any],
    parts_of: Callable[..., RunParts],
    record: RunRecord,
    only: Callable[..., RunRecord],
    elsewhere: dict[str, Any],
) -> None:
    failed = only(record, "wrong-labels")
    page = taken_apart(
        runs_page(
            [
                parts_of(record, "first"),
                parts_of(record, "second"),
                parts_of(record, "third", **elsewhere),
                parts_of(failed, "fourth"),
            ]
        )
    )
    check_page(page)
    assert page.all("h1")[0].text == "4 runs on 2 data sets"
    links = [a.attributes["href"] for a in page.with_id("runs").all("a")]
    assert links == ["#A", "#B", "#C", "#D"]
    for letter, name in zip("ABCD", ("first", "second", "third", "fourth"), strict=True):
        assert name in page.with_id(letter).all("summary")[0].text
        assert page.with_id(f"{letter}-summary")
    tables = page.with_id("accuracy").all("table")
    assert [[th.text for th in t.all("th") if "scope" in th.attributes][1:4] for t in tables] == [
        ["Run A %", "Run B %", "Run D %"],
        ["Run C %", "centroid", NOISY.replace("[", " ").replace("]", "")],
    ]


def test_regions_of_different_runs_have_different_names(
    taken_apart: Callable[[str], Any], parts_of: Callable[..., RunParts], record: RunRecord
) -> None:
    page = taken_apart(runs_page([parts_of(record, "first"), parts_of(record, "second")]))
    names = [e.attributes["aria-label"] for e in page.all() if e.attributes.get("role") == "region"]
    names += [e.attributes["aria-labelledby"] for e in page.all("section")]
    assert len(names) == len(set(names))


def test_test_sets_of_two_runs_are_in_a_table_and_in_each_run(
    taken_apart: Callable[[str], Any], parts_of: Callable[..., RunParts], record: RunRecord
) -> None:
    found = with_all_kinds(record)
    page = taken_apart(
        runs_page([parts_of(found, "first"), parts_of(found, "second"), parts_of(record, "third")])
    )
    check_page(page)
    (table,) = page.with_id("sets").all("table")
    assert [th.text for th in table.all("th")[:4]] == ["Test set", "Model", "Run A %", "Run B %"]
    rows = table.all("tbody")[0].all("tr")
    assert [row.children[0].text for row in rows] == ["fresh"] * 2 + ["made"] * 2
    assert all(row.children[2].text == row.children[3].text for row in rows)
    ids = {e.attributes.get("id") for e in page.all("section")}
    assert {"sets", "A-sets", "B-sets"} <= ids
    assert "C-sets" not in ids
    names = [e.attributes["aria-label"] for e in page.all() if e.attributes.get("role") == "region"]
    assert len(names) == len(set(names))


def test_a_model_has_one_colour_and_marker_in_all_runs(
    taken_apart: Callable[[str], Any],
    parts_of: Callable[..., RunParts],
    record: RunRecord,
    only: Callable[..., RunRecord],
) -> None:
    alone = only(record, "centroid")
    page = taken_apart(runs_page([parts_of(record, "first"), parts_of(alone, "second")]))
    shown: dict[str, set[str]] = {}
    for name in (e for e in page.all("span") if "model" in e.classes):
        key = name.all("svg")[0]
        drawn = f"{sorted(key.classes)} {key.all('use')[0].attributes['href']}"
        shown.setdefault(name.attributes["title"], set()).add(drawn)
    assert len(shown["centroid"]) == 1
    assert shown["centroid"] != shown[NOISY]


def test_runs_of_the_same_data_share_their_digits(
    parts_of: Callable[..., RunParts], record: RunRecord, elsewhere: dict[str, Any]
) -> None:
    same = runs_page([parts_of(record, "first"), parts_of(record, "second")])
    other = runs_page([parts_of(record, "first"), parts_of(record, "second", **elsewhere)])
    assert len(re.findall("data:image/png;base64,", same)) == 1
    assert len(re.findall("data:image/png;base64,", other)) == 2


def test_what_would_make_the_page_too_large_is_left_out(
    taken_apart: Callable[[str], Any], parts_of: Callable[..., RunParts], record: RunRecord
) -> None:
    parts = [parts_of(record, "first"), parts_of(record, "second")]
    whole = runs_page(parts)
    page = taken_apart(runs_page(parts, most_bytes=len(whole) // 2))
    check_page(page)
    assert page.with_id("A").all("details")
    assert not page.with_id("B").all("details")
    assert "digitbench report second" in page.with_id("B").text
    assert "B less A" in page.with_id("between").text


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "\u202e&lt;b&gt; {{ 7 * 7 }}"])
def test_hostile_texts_are_shown_as_text(
    taken_apart: Callable[[str], Any],
    parts_of: Callable[..., RunParts],
    record: RunRecord,
    renamed: Callable[[RunRecord, Mapping[str, str]], RunRecord],
    text: str,
) -> None:
    hostile = renamed(record, {NOISY: text})
    environment = hostile.environment.model_copy(update={"processor": text})
    page = taken_apart(
        runs_page([parts_of(record, text), parts_of(hostile, "b", environment=environment)])
    )
    check_page(page)
    for place in ("runs", "A", "B"):
        assert text.replace("\u202e", r"\u202e") in page.with_id(place).text, place
    name = short_labels([text, "centroid"])[text]
    assert name.replace("\u202e", r"\u202e") in page.with_id("accuracy").text
