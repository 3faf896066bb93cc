"""What a model does to the process and the machine it runs on; seen in a fresh process."""

from digitbench.testing.model_under_test import ModelUnderTest
from digitbench.testing.results import CheckFailure, CheckSkipped, check
from digitbench.types import available_cpus

_SHOWN = 3


@check()
def discovery_imports(examination: ModelUnderTest) -> None:
    """Importing the plugin imports no heavy framework.

    Why: `digitbench models` loads every plugin; one that imports a framework makes everybody wait.
    Tolerates: NumPy, SciPy and the like.
    """
    heavy = examination.fresh_trial.heavy_imports
    if heavy:
        raise CheckFailure(
            "no heavy framework to be imported with the plugin, as `digitbench models` does",
            ", ".join(heavy),
            "Import it in build, or in a module that build imports.",
        )


@check("fits_and_predicts")
def fresh_process(examination: ModelUnderTest) -> None:
    """It fits and predicts in a process of its own, in an empty directory.

    Why: Trials run in worker processes, and elsewhere than the tests.
    """
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
    """It writes nothing but temporary files.

    Why: Checkpoints and logs in the current directory or at home fill disks and surprise people.
    Tolerates: Temporary files, the caches of frameworks, and the plugin's own package. Compiled
        code is seen only where it writes to the current directory or to home.
    """
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
    """With one thread allowed, one thread works.

    Why: A model that takes more threads than it was given makes the times of all models wrong.
    Tolerates: With one thread allowed, at most 1.3 threads compute on average, and at most 1.8
        compute or wait for a processor (Linux tells), so that a busy machine hides nothing. What is
        above is measured up to three times, and the last counts.
    """
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
