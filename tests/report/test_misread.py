"""Who is misread, as tables, digits, words and JSON."""

from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console, RenderableType

from benchlib.simulated import as_outcomes
from digitbench.analysis.groups import GroupDifference, Misread, group_differences, misread
from digitbench.analysis.outcomes import Outcomes
from digitbench.report.misread import (
    ModelMisread,
    differing_groups,
    misread_report,
    worst_groups,
)
from digitbench.report.misread_words import (
    chance_sentence,
    count,
    errors_of_strata,
    strata_sentence,
    strata_words,
    times_as_many,
)
from digitbench.types import Groups

# 20 writers of 10 images each: 5 employees and 15 students.
NUMBERS = np.repeat(np.arange(20), 10).astype(np.int32)
GROUPS = Groups("writer", NUMBERS, (NUMBERS >= 5).astype(np.int32), ("employees", "students"))
IMAGES = np.full((200, 28, 28), 200, np.uint8)


def model_of(*wrong: list[int], groups: Groups = GROUPS, number: int = 0) -> Outcomes:
    correct = np.ones((len(wrong), len(groups)), bool)
    for row, places in zip(correct, wrong, strict=True):
        row[places] = False
    return replace(as_outcomes(correct, number, exact=len(wrong) == 1), groups=groups)


def shown(model: Outcomes) -> ModelMisread:
    return ModelMisread(model, misread(model))


def text_of(renderable: RenderableType, width: int = 120) -> str:
    console = Console(width=width, record=True, file=None, quiet=False, color_system=None)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


def strata(*errors: float) -> Misread:
    """Return what is known of a writer a stratum, of 100 images each with so many errors."""
    numbers = np.repeat(np.arange(len(errors)), 100).astype(np.int32)
    names = tuple(f"s{place}" for place in range(len(errors)))
    wrong = [100 * i + k for i, share in enumerate(errors) for k in range(round(100 * share))]
    return misread(model_of(wrong, groups=Groups("writer", numbers, numbers, names)))


BAD = model_of([*range(100, 110), 0])
GOOD = model_of([100, 101, 60], number=1)


def test_the_answer_comes_first() -> None:
    first, second, *_ = text_of(misread_report([shown(BAD)], Console(width=120))).splitlines()
    assert first == (
        "m0 has 3.3 times as many errors on students (6.67 %) as on employees (2.00 %)."
    )
    assert second.startswith("m0: 2 of the 20 writers make 100 % of the errors; by chance it ")


def test_a_row_for_each_model_with_all_columns_where_they_fit() -> None:
    found = [shown(BAD), shown(GOOD)]
    text = text_of(misread_report(found, Console(width=120)))
    rows = {
        line.split()[0]: line.split() for line in text.splitlines() if line[:3] in {"m0 ", "m1 "}
    }
    part = found[0].found.concentration
    assert part.by_chance is not None
    assert rows["m0"][1:6] == ["2.00", "6.67", "3.33", "100", f"{100 * part.by_chance:.0f}"]
    assert rows["m0"][6] == "18"
    assert rows["m1"][1:4] == ["0.00", "2.00", "—"]
    assert f"{found[0].found.correlation:.3f}" == rows["m0"][-1]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120])
def test_columns_move_to_tables_below_where_they_do_not_fit(width: int) -> None:
    text = text_of(misread_report([shown(BAD), shown(GOOD)], Console(width=width)), width)
    assert max(map(len, text.splitlines())) <= width
    tables = text.count("Model")
    assert tables == (1 if width >= 100 else 2 if width >= 60 else 3)
    for heading in ("employees", "students", "Ratio", "tenth, %", "effect", "ICC"):
        assert heading in text


def test_a_model_without_errors() -> None:
    perfect = shown(model_of([]))
    text = text_of(misread_report([perfect], Console(width=120)))
    assert text.splitlines()[0] == "m0 has no error."
    assert text_of(worst_groups(perfect, most=5, images=None, digits=4)) == "m0 has no error.\n"


def test_the_worst_writers_with_their_digits() -> None:
    text = text_of(worst_groups(shown(BAD), most=5, images=IMAGES, digits=4))
    assert "The writers that m0 misreads most" in text
    assert "Writer 10, students: 10 of 10 wrong" in text
    assert "Writer 0, employees: 1 of 10 wrong" in text
    assert "Writer 1," not in text
    assert "█" in text or "▓" in text
    assert text.count("#10") == 4
    assert "Errors are means over trials" not in text


def test_errors_of_several_trials_are_called_means() -> None:
    text = text_of(worst_groups(shown(model_of([0], [0, 1])), most=1, images=None, digits=2))
    assert "Errors are means over trials. In a trial, the worst writer has 1.5 errors" in text
    assert "Writer 0, employees: 1.5 of 10 wrong" in text
    (line, other) = (line for line in text.splitlines() if line.startswith("#"))
    assert line.startswith("#0 · true ")
    assert other.startswith("#1 · true ")


def differing(first: Outcomes, second: Outcomes) -> str:
    found: tuple[GroupDifference, ...] = group_differences(first, second)
    return text_of(differing_groups(first, second, found, "writer", most=2, images=None, digits=1))


def test_where_two_models_differ() -> None:
    text = differing(BAD, GOOD)
    assert "The writers on which m0 (A) and m1 (B) differ most" in text
    rows = [line.split() for line in text.splitlines() if line.startswith(("10 ", "0 ", "6 "))]
    assert rows == [
        ["10", "students", "10", "10", "2", "-8.0"],
        ["0", "employees", "10", "1", "0", "-1.0"],
    ]
    assert "Writer 10, students" in text
    assert "#102 · true" in text
    assert " · A " in text
    assert " · B " in text


def test_where_two_models_do_not_differ() -> None:
    assert (
        differing(BAD, model_of([*range(100, 110), 0], number=1))
        == "m0 and m1 have the same errors.\n"
    )


def test_words_for_what_a_test_set_is_made_of() -> None:
    assert strata_words(misread(BAD)) == (
        "20 writers; employees: 5 writers, 50 images; students: 15 writers, 150 images"
    )
    assert strata_words(strata(0.1)) == "1 writer, 100 images"
    assert strata_words(strata(0.1, 0.2)) == (
        "2 writers; s0: 1 writer, 100 images; s1: 1 writer, 100 images"
    )
    assert strata_words(strata(*[0.1] * 5)) == "5 writers in 5 strata"


def test_words_for_the_hardest_stratum() -> None:
    assert strata_sentence("m", strata(0.1)) == ""
    assert strata_sentence("m", strata(0.0, 0.0)) == ""
    assert strata_sentence("m", strata(0.0, 0.2)) == "m has 20.00 % of errors on s1 and none on s0."
    assert "2.0 times as many errors on s0 (20.00 %) as on s1" in strata_sentence(
        "m", strata(0.2, 0.1)
    )


def test_columns_for_few_strata_and_for_many() -> None:
    assert errors_of_strata(strata(0.1)) == [("Error", "10.00")]
    assert errors_of_strata(strata(0.1, 0.2)) == [("s0", "10.00"), ("s1", "20.00")]
    many = strata(0.3, 0.1, 0.2, 0.5, 0.4)
    assert errors_of_strata(many) == [("Lowest", "10.00 (s1)"), ("Highest", "50.00 (s3)")]
    assert times_as_many(many) == "5.00"
    assert times_as_many(strata(0.0, 0.5)) == "—"


def test_counts_and_chance_in_words() -> None:
    assert [count(number) for number in (12.0, 4.25, 0.03, 1234.0)] == [
        "12",
        "4.2",
        "0.03",
        "1,234",
    ]
    assert chance_sentence(misread(BAD)).startswith(
        "In a trial, the worst writer has 10 errors; by chance it would have "
    )
