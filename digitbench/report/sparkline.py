"""Values as a line of bars, as high as a character."""

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float | None], within: tuple[float, float] | None = None) -> str:
    """Draw values as a line of bars; a gap where there is none.

    Args:
        values: what is drawn.
        within: the values of the lowest and the highest bar; None for the lowest and the highest
            value.
    """
    known = [value for value in values if value is not None]
    low, high = within or (min(known, default=0.0), max(known, default=0.0))
    steps = len(_BARS) - 1
    return "".join(
        " " if value is None else _BARS[round(steps * (value - low) / ((high - low) or 1))]
        for value in values
    )
