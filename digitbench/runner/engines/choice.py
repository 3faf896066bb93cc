"""The engines by name."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from digitbench.errors import UsageError
from digitbench.runner.engines import Engine

ENGINES = ("process", "inline", "dask")
DEFAULT_ENGINE = "process"


def make_engine(
    name: str,
    *,
    jobs: int = 1,
    timeout_seconds: float | None = None,
    plugin_files: tuple[Path, ...] = (),
    examine: Callable[[BaseException], None] | None = None,
    scheduler: str | None = None,
    data_dir: Path | None = None,
    offline: bool = False,
) -> Engine:
    """Make the engine of a name.

    Args:
        name: one of `ENGINES`.
        jobs: how many trials run at a time.
        timeout_seconds: how long a trial may take.
        plugin_files: single-file plugins that other processes are to load.
        examine: gets the error of a trial that fails, in the process that runs it.
        scheduler: address of the scheduler of a Dask cluster.
        data_dir: where machines of a cluster find the data set's files, if the user says so.
        offline: those machines never touch the network for data.

    Raises:
        UsageError: there is no such engine, or it cannot do what is asked of it.
    """
    if scheduler is not None and name != "dask":
        raise UsageError("--scheduler is for the engine dask: add --engine dask")
    if name == "inline":
        return _inline(jobs, timeout_seconds, examine)
    if examine is not None:
        raise UsageError("a debugger needs the trials in this process: use --engine inline")
    if name == "process":
        from digitbench.runner.engines.process import ProcessEngine

        return ProcessEngine(jobs, timeout_seconds, plugin_files)
    if name == "dask":
        if find_spec("distributed") is None:
            raise UsageError('the engine dask is an extra: pip install "digitbench[dask]"')
        from digitbench.runner.engines.cluster import DaskEngine

        return DaskEngine(jobs, timeout_seconds, plugin_files, scheduler, data_dir, offline=offline)
    raise UsageError(f"there is no engine '{name}'; there are: {', '.join(ENGINES)}")


def _inline(
    jobs: int, timeout_seconds: float | None, examine: Callable[[BaseException], None] | None
) -> Engine:
    from digitbench.runner.engines.inline import InlineEngine

    if jobs > 1:
        raise UsageError("the engine inline runs one trial at a time: leave out --jobs")
    if timeout_seconds is not None:
        raise UsageError("the engine inline cannot stop a trial: leave out --timeout")
    return InlineEngine(examine)
