"""How busy others kept the processors: what the system counts, less what is our own."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from digitbench.plugins import PluginHost
from digitbench.runner import load
from digitbench.runner.load import OthersLoad
from digitbench.runner.resolve import find_model
from digitbench.runner.trial import run_trial
from digitbench.types import RunPlan, TrialData


class Ticks(NamedTuple):
    """The seconds of one processor, as psutil has them."""

    user: float
    system: float
    idle: float
    iowait: float
    steal: float
    guest: float


Look = tuple[float, float, list[Ticks]]
NOTHING = Ticks(0, 0, 0, 0, 0, 0)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Callable[[Look, set[int]], float | None]:
    """Return a function that looks twice, from nothing to what is given."""

    def cpus(then: Look, affinity: set[int]) -> float | None:
        looks: Iterator[Look] = iter([(0.0, 0.0, [NOTHING] * len(then[2])), then])
        now: list[Look] = []

        def clock() -> float:
            now[:] = [next(looks)]
            return now[0][0]

        monkeypatch.setattr(load, "perf_counter", clock)
        monkeypatch.setattr(load, "processor_seconds", lambda: now[0][1])
        system = SimpleNamespace(
            cpu_times=lambda *, percpu: now[0][2],
            Process=lambda: SimpleNamespace(cpu_affinity=lambda: sorted(affinity)),
        )
        monkeypatch.setattr(load, "psutil", system)
        return OthersLoad().cpus()

    return cpus


BUSY = Ticks(user=8, system=1, idle=0, iowait=0, steal=1, guest=5)
IDLE = Ticks(user=0, system=0, idle=9, iowait=1, steal=0, guest=0)


def test_others_have_what_is_busy_and_not_our_own(
    watched: Callable[[Look, set[int]], float | None],
) -> None:
    assert watched((10.0, 0.0, [BUSY, IDLE]), {0, 1}) == 1.0
    assert watched((10.0, 10.0, [BUSY, IDLE]), {0, 1}) == 0.0
    assert watched((10.0, 5.0, [BUSY, BUSY]), {0, 1}) == 1.5
    assert watched((10.0, 10.5, [BUSY, IDLE]), {0, 1}) == 0.0  # the two clocks differ a little


def test_processors_that_are_not_for_us_do_not_matter(
    watched: Callable[[Look, set[int]], float | None],
) -> None:
    assert watched((10.0, 0.0, [BUSY, IDLE, BUSY]), {1}) == 0.0
    assert watched((10.0, 0.0, [BUSY, IDLE, BUSY]), {0, 7}) == 1.0


def test_what_cannot_be_told_is_absent(
    watched: Callable[[Look, set[int]], float | None],
) -> None:
    assert watched((0.4, 0.0, [BUSY]), {0}) is None
    assert watched((10.0, 9.0, [IDLE]), {0}) is None  # the system does not count


def test_a_trial_has_the_figure(
    host_of: Callable[..., PluginHost],
    plan_of: Callable[..., RunPlan],
    tiny_data: TrialData,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("digitbench.runner.load.OthersLoad.cpus", lambda _: 1.25)
    host = host_of("centroid")
    (spec, *_) = plan_of(host, "centroid").trial_specs()
    result = run_trial(spec, find_model("centroid", host).spec, tiny_data, lambda _: None)
    assert result.others_cpus == 1.25
