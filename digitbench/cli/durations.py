"""Reads lengths of time as people type them: `90s`, `20m`, `1h30m`, `1.5h`."""

import re

from digitbench.errors import UsageError

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_PARTS = re.compile("".join(rf"(?:(?P<{unit}>\d+(?:\.\d+)?){unit})?" for unit in _UNITS))


def parse_duration(text: str, option: str) -> float:
    """Return a length of time in seconds.

    Args:
        text: hours, minutes and seconds, in this order, any of them left out.
        option: what it was given to, for the message.

    Raises:
        UsageError: it is no length of time, or 0.
    """
    match = _PARTS.fullmatch(text.strip().lower())
    parts = {} if match is None else match.groupdict()
    seconds = sum(float(value) * _UNITS[unit] for unit, value in parts.items() if value)
    if not seconds:
        raise UsageError(f"cannot read {option} '{text}': write 90s, 20m or 1h30m")
    return seconds
