"""What a model does to the process and the machine it runs on; seen in a fresh process."""

from digitbench.testing.model_under_test import ModelUnderTest
from digitbench.testing.results import CheckFailure, CheckSkipped, check
from digitbench.types import available_cpus

_SHOWN = 3


@check()
def discovery_imports(examination: ModelUnderTest) -> None:
    """Importing the plugin imports no heavy framework."""
    heavy = examination.fresh_trial.heavy_imports
    if heavy:
        raise CheckFailure(
            "no heavy framework to be imported with the plugin, as `digitbench models` does",
            ", ".join(heavy),
            "Import it in build, or in a module that build imports.",
        )


@check("fits_and_predicts")
def fresh_process(examination: ModelUnderTest) -> None:
    """It fits and predicts in a process of its own, in an empty directory."""
    error = examination.fresh_trial.error
    if error is not None:
        raise CheckFailure(
            "a fit and predictions in a fresh process, in an empty directory, with one thread",
            error,
            "Trials run in worker processes: rely on no file beside the plugin's own, and on "
            "nothing that another process has set.",
        )


@check("fresh_process")
def files_written(examination: ModelUnderTest) -> None:
    """It writes nothing but temporary files."""
    written = examination.fresh_trial.written
    if written:
        more = f" and {len(written) - _SHOWN} more" if len(written) > _SHOWN else ""
        raise CheckFailure(
            "nothing written outside the directory for temporary files",
            ", ".join(written[:_SHOWN]) + more,
            "Write to a directory of tempfile, or not at all.",
        )


@check("fresh_process")
def thread_count(examination: ModelUnderTest) -> None:
    """With one thread allowed, one thread works."""
    effort = examination.fresh_trial.effort
    if effort is None or available_cpus() == 1:
        raise CheckSkipped("there is one processor only")
    if effort.is_parallel:
        raise CheckFailure(
            "one thread at work with BuildContext.threads of 1",
            f"{effort.parallelism:.1f} at work or waiting for a processor, on average",
            "Give context.threads to whatever starts threads: n_jobs, thread pools, the "
            "framework's settings.",
        )
