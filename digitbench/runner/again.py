"""One trial of a stored run, trained again from its seed."""

from collections.abc import Iterable
from contextlib import closing

import numpy as np

from digitbench.errors import KeptModelError
from digitbench.plugins import PluginHost
from digitbench.runner.run import HookEvents
from digitbench.types import Engine, RunInputs, TrialResult


def train_again(
    stored: TrialResult, inputs: RunInputs, engine: Engine, listeners: Iterable[object] = ()
) -> TrialResult:
    """Train a trial's classifier again, and let it save itself.

    The hooks of plugins hear nothing of it.

    Args:
        stored: the trial that succeeded, with its predictions.
        inputs: the plan with the trial's model, the models and the images.
        engine: where it is run.
        listeners: hook users of the caller's, such as a progress display.

    Returns:
        The result: with the very predictions that are stored, and what the classifier wrote.

    Raises:
        KeptModelError: it fails, predicts anything else, or cannot be saved.
        EngineError: the engine broke down.
    """
    spec, host = stored.spec.model_copy(update={"keep": True}), PluginHost()
    what = f"{spec.model}, trial {spec.trial}"
    with (
        host.listening(*listeners),
        closing(engine.run([spec], inputs, HookEvents(host, inputs.plan))) as arriving,
    ):
        result = next(arriving)
        host.notify("digitbench_trial_finished", plan=inputs.plan, result=result)
    if result.predictions is None or stored.predictions is None:
        raise KeptModelError(f"{what} failed when it was trained again: {result.error}")
    if result.kept_files is None:
        reason = result.not_kept or "its plugin says no load"
        raise KeptModelError(f"{what} cannot be kept: {reason}")
    other = int(np.count_nonzero(result.predictions != stored.predictions))
    if other:
        raise KeptModelError(
            f"{what} is not kept: trained again, it predicts {other:,} of "
            f"{len(stored.predictions):,} images otherwise than it did in the run"
        )
    return result
