"""What was measured: one JSON line for each measurement, with what is needed to judge it."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from digitbench.errors import UsageError
from digitbench.runner.environment import describe_environment
from digitbench.types import DatasetInfo, Environment

UNTOLD_SOURCE = "local files"


class Measurement(BaseModel):
    """One line of the results file; `benchmarks/README.md` lists the fields.

    Attributes:
        schema_version: version of this layout.
        benchmark: the script.
        subject: what was measured, such as `cnn[epochs=3]`.
        measured_at: UTC.
        threads: CPU threads the subject could use.
        dataset: the images; None if there were none.
        settings: what was asked of the subject.
        figures: what came of it; a figure that does not exist is null.
        environment: processor, processors, versions.
        accelerators: names of the NVIDIA GPUs there were.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = 1
    benchmark: str
    subject: str
    measured_at: datetime
    threads: int = Field(ge=1)
    dataset: DatasetInfo | None
    settings: dict[str, JsonValue]
    figures: dict[str, JsonValue]
    environment: Environment
    accelerators: tuple[str, ...]


def measurement(
    benchmark: str,
    subject: str,
    *,
    threads: int,
    dataset: DatasetInfo | None,
    settings: dict[str, Any],
    figures: dict[str, Any],
) -> Measurement:
    """Make a measurement of now, on this machine.

    Results are there to be published, so the place of the images on this machine is left out.
    """
    if dataset is not None:
        dataset = dataset.model_copy(update={"source": UNTOLD_SOURCE})
    return Measurement(
        benchmark=benchmark,
        subject=subject,
        measured_at=datetime.now(UTC),
        threads=threads,
        dataset=dataset,
        settings=settings,
        figures=figures,
        environment=describe_environment(["torch"]),
        accelerators=_accelerators(),
    )


def append(path: Path | None, found: Measurement) -> None:
    """Append a measurement to a results file, unless there is none.

    Raises:
        UsageError: the file cannot be written.
    """
    if path is None:
        return
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(found.model_dump_json() + "\n")
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}); name another --results") from (
            error
        )


def read(path: Path) -> list[Measurement]:
    """Read a results file.

    Raises:
        UsageError: the file cannot be read, or a line is not a measurement.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(Measurement.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            raise UsageError(
                f"{path}, line {number} is not a measurement ({first['msg']}); remove it"
            ) from error
    return found


def _accelerators() -> tuple[str, ...]:
    """Name the GPUs as NVIDIA's own tool does, without waking a framework."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ()
    query = [tool, "--query-gpu=name", "--format=csv,noheader"]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)  # noqa: S603
    return tuple(answer.stdout.splitlines()) if answer.returncode == 0 else ()
