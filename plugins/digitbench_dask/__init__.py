"""The engine `dask`: trials on the workers of a Dask cluster."""

from collections.abc import Iterable
from importlib.util import find_spec

from pydantic import Field

from digitbench import Engine, EngineContext, EngineSpec, ModelOptions, UsageError, hookimpl


class DaskOptions(ModelOptions):
    """Options of the engine `dask`."""

    scheduler: str | None = Field(
        None, description="address of a cluster's scheduler; without one, a cluster is made here"
    )


def build(options: DaskOptions, context: EngineContext) -> Engine:
    """Make the engine.

    Raises:
        UsageError: Dask is not installed.
    """
    if find_spec("distributed") is None:
        raise UsageError('the engine dask is an extra: pip install "digitbench[dask]"')
    from digitbench_dask.engine import DaskEngine

    return DaskEngine(options.scheduler, context)


@hookimpl
def digitbench_engines() -> Iterable[EngineSpec]:
    """Offer `dask`."""
    return [EngineSpec("dask", "The workers of a Dask cluster", build, options=DaskOptions)]
