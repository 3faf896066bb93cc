"""What the writers of MNIST's test set have to do with the errors of the models of a stored run.

    digitbench run --dataset mnist --models softmax,knn,svm,cnn --trials 5
    python benchmarks/writer_findings.py runs/<the run>

Errors by series and writer, beside what chance would give; design effects; and the intervals and
verdicts of the run with and without its writers. No model is trained.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from benchlib.findings import ModelFindings, model_findings, pair_findings
from benchlib.options import run_script
from benchlib.resampled import one_trial_each
from benchlib.tables import add_row, new_table
from digitbench.analysis.outcomes import outcomes
from digitbench.cli.console import results_console
from digitbench.errors import UsageError
from digitbench.store import read_run
from digitbench.types import Groups


def main(
    run: Annotated[
        Path, typer.Argument(help="Directory of a run on MNIST.", exists=True, file_okay=False)
    ],
    one_training: Annotated[
        bool, typer.Option(help="Take the first training of each model for all there is.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of what chance would give.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--json", help="A file for the figures, replaced.")
    ] = None,
) -> None:
    """Look at the errors of a stored run by the writers of the images."""
    models = list(outcomes(read_run(run)))
    if one_training:
        models = one_trial_each(models)
    groups = models[0].groups if models else None
    if groups is None:
        raise UsageError(f"{run}: nobody knows who wrote the test images of this run")
    rng = np.random.default_rng(seed)
    found = [model_findings(rng, model, groups) for model in models]
    found.sort(key=lambda model: -model.accuracy)
    results_console().print(table(found, groups))
    if out is not None:
        document = {
            "study": "findings",
            "one_training": one_training,
            "series": _series(groups),
            "models": [asdict(model) for model in found],
            "pairs": [asdict(pair) for pair in pair_findings(models, groups)],
        }
        out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def table(models: Sequence[ModelFindings], groups: Groups) -> Table:
    """Make a table with a row for each model."""
    made = new_table(
        "errors in %; shares beside what chance gives",
        "Model",
        "Trials",
        "Accuracy",
        *groups.stratum_names,
        "Worst tenth",
        "Faultless",
        "ICC",
        "Design effect",
    )
    for model in models:
        add_row(
            made,
            model.label,
            str(model.trials),
            f"{100 * model.accuracy:.2f} %",
            *(f"{100 * errors:.2f}" for errors in model.errors_by_series),
            f"{100 * model.worst_tenth:.0f} / {100 * model.worst_tenth_by_chance:.0f} %",
            f"{model.faultless} / {model.faultless_by_chance:.0f}",
            f"{model.icc:.3f}",
            f"{model.design_effect:.2f}",
        )
    return made


def _series(groups: Groups) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for number, name in enumerate(groups.stratum_names):
        inside = groups.strata == number
        _, counts = np.unique(groups.numbers[inside], return_counts=True)
        sizes = {"smallest": int(counts.min()), "largest": int(counts.max())}
        found.append({"name": name, "writers": len(counts), "images": int(inside.sum()), **sizes})
    return found


if __name__ == "__main__":
    run_script(main)
