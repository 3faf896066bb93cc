"""What a user may call a model."""

import re

_LABEL = re.compile(r"\w[\w.+-]*")


def is_plain_label(text: str) -> bool:
    """Tell whether any command takes a text as one word and as one item of a list."""
    return _LABEL.fullmatch(text) is not None


def model_text(label: str, alias_of: str | None) -> str:
    """Write a row of a run as `--models` takes it.

    Args:
        label: the row's.
        alias_of: the model in normal form; None if the label is that.
    """
    if alias_of is None:
        return label
    return f"{label}={alias_of}" if is_plain_label(label) else alias_of
