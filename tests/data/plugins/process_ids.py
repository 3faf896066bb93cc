"""Notes in which process it is imported and each of its hooks is called."""

import os
from pathlib import Path

from digitbench import hookimpl

NOTES = Path("process_ids.txt").resolve()


def note(name):
    with NOTES.open("a", encoding="utf-8") as file:
        file.write(f"{name} {os.getpid()}\n")


note("imported")


@hookimpl
def digitbench_run_started():
    note("digitbench_run_started")


@hookimpl
def digitbench_trial_started():
    note("digitbench_trial_started")


@hookimpl
def digitbench_trial_progress():
    note("digitbench_trial_progress")


@hookimpl
def digitbench_trial_finished():
    note("digitbench_trial_finished")


@hookimpl
def digitbench_run_finished():
    note("digitbench_run_finished")
