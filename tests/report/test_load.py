"""When times are worth little, the table and the page say so; else they are silent."""

import io

import pytest
from rich.console import Console

from digitbench.report.comparison import comparison
from digitbench.report.load import load_note
from digitbench.report.page.notes import notes
from digitbench.types import RunRecord


def busy(
    record: RunRecord, others: float | None, *, threads: int = 2, cpus: int = 2, **changes: object
) -> RunRecord:
    """Return the run as if others had kept so many processors busy during its first trial."""
    first, *rest = (result.model_copy(update={"others_cpus": 0.0}) for result in record.results)
    spec = first.spec.model_copy(update={"threads": threads})
    first = first.model_copy(update={"others_cpus": others, "spec": spec, **changes})
    environment = record.environment.model_copy(update={"cpus": cpus})
    return record.model_copy(update={"results": (first, *rest), "environment": environment})


@pytest.mark.parametrize(
    ("others", "threads", "cpus", "told"),
    [
        (1.6, 2, 2, True),
        (0.6, 2, 2, True),
        (0.4, 2, 2, False),  # a system is never quite still
        (1.0, 1, 2, False),  # there was a processor for each
        (2.0, 64, 64, False),
        (4.0, 64, 64, True),
        (None, 2, 2, False),
    ],
)
def test_it_is_told_where_more_processors_were_wanted_than_there_are(
    record: RunRecord, others: float | None, threads: int, cpus: int, told: bool
) -> None:
    assert (load_note(busy(record, others, threads=threads, cpus=cpus)) is not None) is told


def test_the_note_says_how_busy_and_how_often(record: RunRecord) -> None:
    done = sum(result.status == "ok" for result in record.results)
    assert load_note(busy(record, 1.63)) == (
        f"Times are worth little: others kept up to 1.6 of 2 processors busy during 1 of {done} "
        "trials. Repeat the run on an idle machine."
    )


def test_times_of_earlier_runs_and_of_other_machines_are_not_judged(record: RunRecord) -> None:
    assert load_note(busy(record, 1.6, reused_from="another run")) is None
    plan = record.plan.model_copy(update={"engine": "dask"})
    assert load_note(busy(record, 1.6).model_copy(update={"plan": plan})) is None


def test_the_table_and_the_page_say_it(record: RunRecord) -> None:
    disturbed = busy(record, 1.6)
    console = Console(file=io.StringIO(), width=200)
    console.print(comparison(disturbed, console))
    assert isinstance(console.file, io.StringIO)
    assert "Times are worth little: others kept up to 1.6" in console.file.getvalue()
    assert load_note(disturbed) in list(notes(disturbed, ()))
    assert not any("worth little" in note for note in notes(busy(record, 0.0), ()))


def test_a_run_of_older_date_is_read_without_the_figure(record: RunRecord) -> None:
    stored = record.results[0].model_dump(mode="json", exclude={"others_cpus"})
    assert type(record.results[0]).model_validate(stored).others_cpus is None
