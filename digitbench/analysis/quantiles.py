"""Student's t and the chi-square distribution, for degrees of freedom from 1 to infinity.

SciPy has both, but to import it takes as long as all else that `digitbench show` does. Tests hold
these functions against SciPy's: nine digits agree, of chi-square eight.

References: M. Abramowitz, I. A. Stegun, "Handbook of Mathematical Functions", 1964, chapter 26;
G. W. Hill, "Algorithm 395: Student's t-distribution", CACM 13, 1970.
"""

from collections.abc import Callable
from itertools import count
from math import erfc, exp, gamma, isinf, lgamma, log, log1p, pi, sqrt
from statistics import NormalDist

_LARGE = 300.0
"""Degrees of freedom from which expansions around the normal distribution are exact enough."""
_ENOUGH = 1e-15
"""Terms of a sum that are smaller than this share of it are left out."""
_FAR = 16.0
"""The square of t from which the chance of more is too small to be found as a difference from 1."""
_CLOSE = 1e-11
"""A step of Newton's method after which the next one would change nothing."""
_MOST_STEPS = 50
_MOST_TERMS = 1000


def student_tail(freedom: float, t: float) -> float:
    """Return the chance that Student's t is above a value, which must not be negative.

    Args:
        freedom: degrees of freedom, at least 1; infinite for the normal distribution.
        t: the value.
    """
    if freedom > _LARGE:
        return erfc(_normal_of(freedom, t) / sqrt(2)) / 2
    half, square = freedom / 2, t * t
    factor = _gamma_ratio(half) / sqrt(pi) * exp(-half * log1p(square / freedom))
    if square < min(freedom, _FAR):
        return 0.5 - factor * _between(half, square / (freedom + square))
    return factor * _beyond(half, freedom / (freedom + square))


def student_quantile(freedom: float, probability: float) -> float:
    """Return the value that Student's t is below with a probability.

    Args:
        freedom: degrees of freedom, at least 1; infinite for the normal distribution.
        probability: above 0.5 and below 1.
    """
    z = NormalDist().inv_cdf(probability)
    if isinf(freedom):
        return z
    t, chance = z + (z**3 + z) / (4 * freedom), 1 - probability
    for _ in range(
        _MOST_STEPS
    ):  # Newton's method on logarithms, in which tails are nearly straight
        tail = student_tail(freedom, t)
        density = exp(-(freedom + 1) / 2 * log1p(t * t / freedom))
        density *= _gamma_ratio(freedom / 2) / sqrt(freedom * pi)
        step = log(tail / chance) * tail / (t * density)
        t *= exp(step)
        if abs(step) < _CLOSE:
            break
    return t


def chi_square_quantile(freedom: float, probability: float) -> float:
    """Return the value that chi-square is below with a probability.

    Args:
        freedom: degrees of freedom, at least 1 and finite.
        probability: above 0 and not above 0.5.
    """
    z, part = NormalDist().inv_cdf(probability), 2 / (9 * freedom)
    value = freedom * max(1 - part + z * sqrt(part), 0.1) ** 3
    if freedom > _LARGE:
        root = sqrt(2 * freedom)
        value = freedom + z * root + (z**2 - 1) * 2 / 3 + (z**3 - 7 * z) / (9 * root)
        value -= (6 * z**4 + 14 * z**2 - 32) / (405 * freedom)
        return value + (9 * z**5 + 256 * z**3 - 433 * z) / (4860 * freedom * root)
    half = freedom / 2
    for _ in range(_MOST_STEPS):
        rest = value / 2
        density = exp(half * log(rest) - rest - lgamma(half))  # in the logarithm of the value
        chance = density / half * _below(half, rest)
        step = log(chance / probability) * chance / density
        value *= exp(-step)
        if abs(step) < _CLOSE:
            break
    return value


def _normal_of(freedom: float, t: float) -> float:
    """Return the normal deviate that is as far out as a value of Student's t (Hill 1970)."""
    if isinf(freedom):
        return t
    a = freedom - 0.5
    b, y = 48 * a * a, a * log1p(t * t / freedom)
    correction = ((((-0.4 * y - 3.3) * y - 24) * y - 85.5) / (0.8 * y * y + 100 + b) + y + 3) / b
    return (correction + 1) * sqrt(y)


def _between(half: float, y: float) -> float:
    """Return the series of the incomplete beta function of 1/2 and so much (26.5.4)."""
    return sqrt(y) * _sum_of(lambda k: y * (half + k - 0.5) / (k + 0.5))


def _below(half: float, x: float) -> float:
    """Return the series of the incomplete gamma function of so much (6.5.29)."""
    return _sum_of(lambda k: x / (half + k))


def _sum_of(ratio: Callable[[int], float]) -> float:
    """Return the sum of a series that begins with 1, by the ratio of each term to that before."""
    term = total = 1.0
    for k in count(1):
        term *= ratio(k)
        total += term
        if term < _ENOUGH * total:
            return total
    raise AssertionError("a count does not end")


def _beyond(a: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function of so much and 1/2 (26.5.8)."""
    c, d = 1.0, 1 / (1 - (a + 0.5) * x / (a + 1))
    found = d
    for m in range(1, _MOST_TERMS):
        change = 1.0
        for part in (
            m * (0.5 - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + 0.5 + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            c, d = 1 + part / c, 1 / (1 + part * d)
            change = c * d
            found *= change
        if abs(change - 1) < _ENOUGH:
            break
    return found * sqrt(1 - x) / (2 * a)


def _gamma_ratio(a: float) -> float:
    """Return Γ(a + 1/2) / Γ(a)."""
    if a < _LARGE / 2:
        return gamma(a + 0.5) / gamma(a)
    return sqrt(a) * (1 - 1 / (8 * a) + 1 / (128 * a**2) + 5 / (1024 * a**3) - 21 / (32768 * a**4))
