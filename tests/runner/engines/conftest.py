"""What the tests of the engines share: what an engine is given."""

from collections.abc import Callable

import pytest

from digitbench.plugins import PluginHost
from digitbench.types import RunInputs, RunPlan, TrialData, TrialSpec


@pytest.fixture(scope="session")
def inputs(
    host_of: Callable[..., PluginHost], plan_of: Callable[..., RunPlan], tiny_data: TrialData
) -> RunInputs:
    """Return what an engine is given, with one thread per trial and the model `centroid` here."""
    host = host_of("centroid")
    models = {name: offer.spec for name, offer in host.models.items()}
    return RunInputs(plan_of(host, "centroid"), models, tiny_data)


@pytest.fixture(scope="session")
def trials_of() -> Callable[..., list[TrialSpec]]:
    """Return a function that makes one trial of each model named."""

    def trials(*models: str, threads: int = 1) -> list[TrialSpec]:
        return [
            TrialSpec(
                model=model, name=model, options={}, trial=number, seed=number, threads=threads
            )
            for number, model in enumerate(models, 1)
        ]

    return trials
