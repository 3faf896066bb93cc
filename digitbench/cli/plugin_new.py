"""`digitbench plugin new`: a complete package to begin with."""

import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from digitbench.cli.help import ends_with
from digitbench.cli.options import DebugOption


@ends_with(
    "digitbench plugin new my-model --template keras",
    'digitbench plugin new trees --from "sklearn:ensemble.ExtraTreesClassifier"',
    see_also=("plugin check", "models"),
)
def new(
    name: Annotated[
        str,
        typer.Argument(help="Name of the model, such as my-model.", show_default=False),
    ],
    template: Annotated[
        str | None,
        typer.Option(
            "--template",
            help="What the model begins as: numpy, sklearn, keras or torch.  [default: numpy]",
            show_default=False,
        ),
    ] = None,
    estimator: Annotated[
        str | None,
        typer.Option(
            "--from",
            "--from-estimator",
            help="Wrap an estimator instead: sklearn:ensemble.ExtraTreesClassifier, or "
            "estimator:package.Class of any package with scikit-learn's interface.",
            show_default=False,
        ),
    ] = None,
    directory: Annotated[
        Path, typer.Option("--directory", help="Where the package's directory is made.")
    ] = Path(),
    debug: DebugOption = False,
) -> None:
    """Write a complete plugin package: a model, options, tests, a workflow for CI.

    The model works as it is. Make it yours.
    """
    from digitbench.cli.console import results_console
    from digitbench.errors import UsageError
    from digitbench.workflows.plugin_authors import new_package

    if template is not None and estimator is not None:
        raise UsageError("--template and --from exclude each other: leave one out")
    path, model, about = new_package(
        name, template=template, estimator=estimator, directory=directory
    )
    console = results_console()
    console.print(f"{path}: the model {model}, {about}", soft_wrap=True)
    console.print("Next:")
    for step in _next_steps(path, model):
        console.print(f"  {step}", soft_wrap=True)


def _next_steps(path: Path, model: str) -> list[str]:
    """Return the commands that install, test and run the plugin, for this environment."""
    python = _program("python", sys.executable)
    pytest, digitbench = f"{python} -m pytest", _program("digitbench", f"{python} -m digitbench")
    return [
        f"cd {path}",
        f'{python} -m pip install -e ".[test]"',
        pytest,
        f"{digitbench} run --models {model} --trials 1",
    ]


def _program(name: str, otherwise: str) -> str:
    """Return a program's name if the shell finds that of this environment by it."""
    found = shutil.which(name)
    here = found is not None and Path(found).parent == Path(sys.executable).parent
    return name if here else otherwise
