"""Models that exist as probabilities alone, to try the gate on: which images each trial gets wrong.

In trial t image i is right if m_i + s · g_t + e_it > 0: m_i is how clearly the model tells the
image, g_t how well the training went as a whole, e_it what else its seed does; e is standard
normal, g too unless a training is now and then a bad one. Without g (s = 0) images flip
independently. That is a probit model with random effects of images and of seeds.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtrit

from digitbench.analysis.gate.decision import Decision, Figure, Gate, GateKind, GateOutcome, decide
from digitbench.analysis.gate.power import ROUNDING, Contrast, contrast, flip_std
from digitbench.analysis.gate.settings import FALSE_ALARMS

_NEVER_FLIPS = 1e-6
"""Images that flip more rarely than this are taken as always right or always wrong."""


@dataclass(frozen=True)
class SimulatedModel:
    """A model with seeds.

    Attributes:
        name: for tables.
        accuracy: its mean accuracy, about.
        images: test images.
        clearness: std of m over the images; the larger, the fewer images flip.
        seed_effect: s, what all images of a trial have in common.
        bad_trainings: share of the trials that go badly.
        badness: how badly, in g.
    """

    name: str
    accuracy: float
    images: int = 10_000
    clearness: float = 8.0
    seed_effect: float = 0.0
    bad_trainings: float = 0.0
    badness: float = 0.0

    def margins(self) -> NDArray[np.float64]:
        """Return m of each image: normal, with a mean that gives the accuracy."""
        spread = np.hypot(1.0, self.clearness)
        points = (np.arange(self.images) + 0.5) / self.images
        margins: NDArray[np.float64] = spread * ndtri(self.accuracy) + self.clearness * ndtri(
            points
        )
        return margins


MODELS = (
    SimulatedModel("92 %, images flip alone", 0.92),
    SimulatedModel("92 %, seeds good and bad", 0.92, seed_effect=0.3),
    SimulatedModel("97.5 %, images flip alone", 0.975),
    SimulatedModel("97.5 %, seeds good and bad", 0.975, seed_effect=0.3),
    SimulatedModel("99.4 %, images flip alone", 0.994, clearness=3.0),
    SimulatedModel("99.4 %, seeds good and bad", 0.994, clearness=3.0, seed_effect=0.3),
    SimulatedModel(
        "99.4 %, one training in 20 is bad",
        0.994,
        clearness=3.0,
        bad_trainings=0.05,
        badness=1.0,
    ),
    SimulatedModel("99.4 %, hardly an image flips", 0.994, clearness=200.0),
    SimulatedModel("90 % of 355 images", 0.9, images=355, clearness=3.0),
    SimulatedModel("99 % of 355 images", 0.99, images=355, clearness=3.0),
)
"""From softmax regression to a good network, on MNIST and on the bundled digits."""


@dataclass(frozen=True)
class Tally:
    """What came of many simulated checks.

    Attributes:
        checks: how many.
        alarms: of an unchanged model that failed.
        found: of a model that is worse by the smallest drop that the check had stated.
        smallest_drop: the mean of those drops, a fraction.
    """

    checks: int
    alarms: int
    found: int
    smallest_drop: float


class Simulator:
    """Draws trials of a simulated model; images that hardly ever flip are drawn once for all.

    Attributes:
        always_wrong: number of images that are wrong in every trial.
    """

    def __init__(self, model: SimulatedModel, seed: int) -> None:
        """Prepare a model for many trials."""
        self._model = model
        self._random = np.random.default_rng(seed)
        margins = model.margins()
        reach = 5 * model.seed_effect + model.badness
        never = ndtr(margins + reach) < _NEVER_FLIPS
        always = ndtr(margins - reach) > 1 - _NEVER_FLIPS
        self._margins = margins[~never & ~always]
        self.always_wrong = int(never.sum())
        self._images = model.images

    def trials(self, count: int) -> NDArray[np.bool_]:
        """Return which of the images that flip are wrong, bool `(count, n_flipping)`."""
        model, random = self._model, self._random
        effects = model.seed_effect * random.standard_normal(count)
        effects -= model.badness * (random.random(count) < model.bad_trainings)
        right = ndtr(self._margins + effects[:, None])
        wrong: NDArray[np.bool_] = random.random(right.shape) >= right
        return wrong

    def held(self, now: NDArray[np.bool_], then: NDArray[np.bool_], lost: int = 0) -> Contrast:
        """Hold trials against others, as a gate does.

        Args:
            now: which images are wrong, by trial.
            then: likewise, in the baseline.
            lost: further images, always right then, that are always wrong now.
        """
        counts = now.sum(axis=0) + then.sum(axis=0)
        wrong = np.zeros(self._images, np.int64)
        wrong[: len(counts)] = counts
        wrong[len(counts) : len(counts) + lost] = len(now)
        return contrast(
            self._accuracies(now, lost),
            self._accuracies(then),
            smallest_std=flip_std(wrong, len(now) + len(then)),
        )

    def _accuracies(self, wrong: NDArray[np.bool_], lost: int = 0) -> list[float]:
        counts = wrong.sum(axis=1) + self.always_wrong + lost
        return [1 - int(count) / self._images for count in counts]


def decision(
    held: Contrast, *, smallest_drop: float | None = None, looks: int = 1, gates: int = 1
) -> Decision:
    """Decide the gate of a drop, as one of several alike."""
    gate = Gate(GateKind.DROP, "simulated", (Figure(held, held.drop, 0.0, clear=smallest_drop),))
    return decide([gate] * gates, FALSE_ALARMS, looks)[0]


def simulate(model: SimulatedModel, trials: int, checks: int, seed: int) -> Tally:
    """Check an unchanged model many times, each time against a baseline of its own.

    Each check then states the smallest drop that it sees, and a model that is worse by just that
    is compared with the same baseline.
    """
    source = Simulator(model, seed)
    alarms = found = 0
    stated = []
    for _ in range(checks):
        then, now, later = (source.trials(trials) for _ in range(3))
        unchanged = decision(source.held(now, then))
        alarms += unchanged.outcome is GateOutcome.FAIL
        drop = unchanged.smallest_drop or 0.0
        lost = ceil((drop - ROUNDING) * model.images)
        found += decision(source.held(later, then, lost)).outcome is GateOutcome.FAIL
        stated.append(drop)
    return Tally(checks, alarms, found, float(np.mean(stated)))


@dataclass(frozen=True)
class SequentialTally:
    """What came of many checks that add trials while they are inconclusive.

    Attributes:
        checks: how many.
        alarms: of an unchanged model that failed.
        missed: of a model that is worse by the drop that had to be ruled out, and passed.
        trials: mean number of trials of the unchanged model.
    """

    checks: int
    alarms: int
    missed: int
    trials: float


def simulate_looks(
    model: SimulatedModel, then: int, looks: tuple[int, ...], checks: int, seed: int, lost: int
) -> SequentialTally:
    """Check a model many times, with more trials as long as a drop cannot be ruled out.

    Args:
        model: the model.
        then: trials of the baseline.
        looks: numbers of trials at each look.
        checks: how many.
        seed: of the simulation.
        lost: the drop that has to be ruled out, in images.
    """
    source = Simulator(model, seed)
    alarms = missed = trials = 0
    for _ in range(checks):
        before = source.trials(then)
        for worse in (0, lost):
            drawn = source.trials(looks[-1])
            for count in looks:
                held = source.held(drawn[:count], before, worse)
                outcome = decision(
                    held, smallest_drop=lost / model.images, looks=len(looks)
                ).outcome
                if outcome is not GateOutcome.INCONCLUSIVE:
                    break
            if worse:
                missed += outcome is GateOutcome.PASS
            else:
                alarms += outcome is GateOutcome.FAIL
                trials += count
    return SequentialTally(checks, alarms, missed, trials / checks)


def rates_by_baseline(
    then: int, now: int, baselines: int, checks: int, seed: int
) -> NDArray[np.float64]:
    """Return how often an unchanged model fails against each of many baselines.

    The promised rate is a mean over baselines: one that came out too good by chance gives more
    alarms, for as long as it is used. Accuracies are normal here.

    Args:
        then: trials of a baseline.
        now: trials of a check.
        baselines: how many.
        checks: of each.
        seed: of the simulation.
    """
    random = np.random.default_rng(seed)
    rates = np.empty(baselines)
    quantile = float(stdtrit(then + now - 2, 1 - FALSE_ALARMS))
    for index in range(baselines):
        before = random.standard_normal(then)
        after = random.standard_normal((checks, now))
        squares = ((before - before.mean()) ** 2).sum() + (now - 1) * after.var(axis=1, ddof=1)
        error = np.sqrt(squares / (then + now - 2) * (1 / then + 1 / now))
        rates[index] = np.mean(before.mean() - after.mean(axis=1) > quantile * error)
    return rates
