import re
from pathlib import Path

import pytest

from benchlib.measurements import Measurement, append, read
from digitbench.errors import UsageError


def test_what_was_appended_is_read_back(tmp_path: Path, a_measurement: Measurement) -> None:
    path = tmp_path / "results.jsonl"
    append(path, a_measurement)
    append(path, a_measurement)
    assert read(path) == [a_measurement, a_measurement]
    assert len(path.read_text().splitlines()) == 2


def test_a_measurement_says_where_and_when(a_measurement: Measurement) -> None:
    assert a_measurement.measured_at.tzinfo is not None
    assert a_measurement.environment.cpus >= 1
    assert "tensorflow" in a_measurement.environment.versions


def test_nothing_is_written_without_a_file(
    a_measurement: Measurement, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    append(None, a_measurement)
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_is_a_usage_error(
    tmp_path: Path, a_measurement: Measurement
) -> None:
    with pytest.raises(UsageError, match=r"cannot write .* name another --results"):
        append(tmp_path / "no such folder" / "results.jsonl", a_measurement)


def test_a_damaged_line_is_named(tmp_path: Path, a_measurement: Measurement) -> None:
    path = tmp_path / "results.jsonl"
    append(path, a_measurement)
    with path.open("a") as file:
        file.write('{"benchmark": "ove\n')
    with pytest.raises(UsageError, match="line 2 is not a measurement"):
        read(path)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read(tmp_path / "results.jsonl")


def test_the_kept_results_can_be_read(benchmarks_dir: Path) -> None:
    path = benchmarks_dir / "results.jsonl"
    if not path.exists():
        pytest.skip("no results are kept yet")
    assert read(path)


def test_readme_documents_every_field(benchmarks_dir: Path) -> None:
    text = (benchmarks_dir / "README.md").read_text(encoding="utf-8")
    section = text.partition("| Field | Meaning |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)`", section, re.M) == list(Measurement.model_fields)
