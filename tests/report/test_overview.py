"""The overview: the verdict first, one table of six columns within any width, faults before it."""

import io
import re
from collections.abc import Callable

import pytest
from builders import run_of
from rich.console import Console

from digitbench.analysis.sequential import compare_run
from digitbench.analysis.summary import summarise
from digitbench.report.headline import headline
from digitbench.report.overview import overview
from digitbench.types import RunRecord


def printed(record: RunRecord, width: int) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(overview(record, console))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]
