"""The fifteen corruptions with their five severities.

They are those of MNIST-C: N. Mu and J. Gilmer, "MNIST-C: A Robustness Benchmark for Computer
Vision", 2019, arXiv:1906.02337, with the parameters of its code
(https://github.com/google-research/mnist-c); many go back to D. Hendrycks and T. Dietterich,
"Benchmarking Neural Network Robustness to Common Corruptions and Perturbations", 2019. MNIST-C
published one severity of each, which is here as its code has it. The others are its code's, too,
but for eight corruptions, where they are digitbench's: `stripe`, `dotted_line`, `zigzag` and
`canny_edges` have one severity there; others of `glass_blur` and `motion_blur` leave nothing that
people could read, and those of `fog` and `spatter` do not get worse from each to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from digitbench.test_sets.corruptions.blur import Glass, Motion, glass_blur, motion_blur
from digitbench.test_sets.corruptions.edges import Edges, canny_edges
from digitbench.test_sets.corruptions.geometry import rotate, scale, shear, translate
from digitbench.test_sets.corruptions.lines import Pen, dotted_line, zigzag
from digitbench.test_sets.corruptions.noise import brightness, impulse_noise, shot_noise, stripe
from digitbench.test_sets.corruptions.weather import Fog, Spatter, fog, spatter
from digitbench.test_sets.imaging.draws import Draws, changed
from digitbench.types import Images

SEVERITIES = (1, 2, 3, 4, 5)
LEVELS = [str(severity) for severity in SEVERITIES]


@dataclass(frozen=True)
class Corruption:
    """One way to corrupt images.

    Attributes:
        change: changes uint8 `(n, 28, 28)`, with random numbers and one of the parameters.
        parameters: one for each severity, from the mildest.
        published: which severity MNIST-C's static images have, from 1 to 5.
    """

    change: Callable[[Images, Draws, Any], Images]
    parameters: tuple[Any, Any, Any, Any, Any]
    published: int

    @property
    def name(self) -> str:
        """What it is called, as in MNIST-C."""
        return self.change.__name__

    def applied(self, images: Images, severity: int, seed: int) -> Images:
        """Corrupt images; each changes as it would alone.

        Severities of an image share their random numbers, so that the direction of a rotation, for
        one, is the same in all of them.

        Args:
            images: uint8 `(n, 28, 28)`; never altered.
            severity: from 1 to 5.
            seed: other seeds give other random numbers.

        Returns:
            New images, uint8 `(n, 28, 28)`.
        """
        parameters = self.parameters[severity - 1]
        return changed(
            images,
            f"corruptions/{self.name}/{seed}",
            lambda block, draws: self.change(block, draws, parameters),
        )


CORRUPTIONS = (
    Corruption(shot_noise, (60, 25, 12, 5, 3), published=5),
    Corruption(impulse_noise, (0.03, 0.06, 0.09, 0.17, 0.27), published=4),
    Corruption(
        glass_blur,
        (Glass(0.7, 1, 2), Glass(0.7, 1, 3), Glass(0.7, 1, 4), Glass(0.7, 2, 2), Glass(1, 2, 3)),
        published=1,
    ),
    Corruption(
        motion_blur,
        (Motion(10, 3), Motion(15, 4), Motion(15, 5), Motion(15, 6.5), Motion(15, 8)),
        published=1,
    ),
    Corruption(shear, (0.2, 0.4, 0.6, 0.8, 1.0), published=2),
    Corruption(scale, (0.9, 0.8, 0.7, 0.6, 0.5), published=3),
    Corruption(rotate, (0.2, 0.4, 0.6, 0.8, 1.0), published=2),
    Corruption(brightness, (0.1, 0.2, 0.3, 0.4, 0.5), published=5),
    Corruption(translate, (1, 2, 3, 4, 5), published=3),
    Corruption(stripe, (3, 5, 7, 9, 11), published=3),
    Corruption(
        fog,
        (Fog(1.5, 2), Fog(2, 1.85), Fog(2.3, 1.7), Fog(2.65, 1.55), Fog(3, 1.4)),
        published=5,
    ),
    Corruption(
        spatter,
        (
            Spatter(0.65, 0.3, 1, 0.68, 1.5),
            Spatter(0.65, 0.3, 1, 0.67, 1.5),
            Spatter(0.65, 0.3, 1, 0.66, 1.5),
            Spatter(0.65, 0.3, 1, 0.65, 1.5),
            Spatter(0.65, 0.3, 1, 0.63, 1.5),
        ),
        published=4,
    ),
    Corruption(
        dotted_line, (Pen(1, 1.2), Pen(1, 1.7), Pen(1, 2.3), Pen(2, 2.3), Pen(3, 2.3)), published=3
    ),
    Corruption(
        zigzag, (Pen(1, 1.2), Pen(1, 1.7), Pen(1, 2.3), Pen(2, 2.3), Pen(3, 2.3)), published=3
    ),
    Corruption(
        canny_edges,
        (Edges(0.5, 1), Edges(0.75, 1), Edges(1, 1), Edges(1, 1.5), Edges(1, 2)),
        published=3,
    ),
)
"""In MNIST-C's order."""

CORRUPTION_NAMES = [corruption.name for corruption in CORRUPTIONS]
