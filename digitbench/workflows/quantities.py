"""Reads times and sizes as people type them: `1ms`, `10 us`, `2min`, `1h30m`; `1MB`, `1 MiB`."""

import re
from math import isfinite

from digitbench.errors import UsageError

_SECONDS = {
    "h": 3600.0, "min": 60.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9,
}  # fmt: skip
_BYTES = {
    "b": 1,
    "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
_MICRO = str.maketrans("\N{MICRO SIGN}\N{GREEK SMALL LETTER MU}", "uu")
_PART = re.compile(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*([a-z]+)\s*", re.ASCII)


def parse_seconds(text: str, option: str) -> float:
    """Return a time in seconds.

    Args:
        text: a number with a unit (h, min or m, s, ms, us, ns), or several such as `1h30m`, the
            larger unit first.
        option: what it was given to, for the message.

    Raises:
        UsageError: it is no time, or not more than 0.
    """
    parts = _parts(text, _SECONDS)
    units = [unit for _, unit in parts]
    seconds = sum(number * unit for number, unit in parts)
    if units != sorted(set(units), reverse=True) or not _is_amount(seconds):
        raise _refusal(text, option, "10us, 1ms, 30s, 2min or 1h30m")
    return seconds


def parse_bytes(text: str, option: str) -> float:
    """Return a size in bytes.

    Args:
        text: a number with a unit: B; kB, MB, GB, TB (powers of 1000); KiB, MiB, GiB, TiB (powers
            of 1024), in small or capital letters.
        option: what it was given to, for the message.

    Raises:
        UsageError: it is no size, or not more than 0.
    """
    parts = _parts(text, _BYTES)
    size = sum(number * unit for number, unit in parts)
    if len(parts) != 1 or not _is_amount(size):
        raise _refusal(text, option, "500kB, 1MB, 1.5MiB or 2GB")
    return size


def _parts(text: str, units: dict[str, float] | dict[str, int]) -> list[tuple[float, float]]:
    """Split a text into numbers and sizes of units; empty if it is not made of these alone."""
    plain = text.translate(_MICRO).lower()
    found = _PART.findall(plain)
    whole = re.fullmatch(f"(?:{_PART.pattern})+", plain, re.ASCII)
    if whole is None or any(unit not in units for _, unit in found):
        return []
    return [(float(number), float(units[unit])) for number, unit in found]


def _is_amount(value: float) -> bool:
    return value > 0 and isfinite(value)


def _refusal(text: str, option: str, examples: str) -> UsageError:
    return UsageError(f"cannot read {option} '{text}': write a number with a unit, {examples}")
