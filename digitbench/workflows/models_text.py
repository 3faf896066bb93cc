"""Models as a config file and Python may list them, written as `--models` takes them."""

from collections.abc import Mapping

from digitbench.runner.model_requests import ModelRequest, parse_models
from digitbench.types.values import option_text

_NO_OPTIONS = ("name", "label")
"""Keys of a model's table that are no options of it."""


def models_text(value: object) -> str:
    """Write models as `--models` takes them.

    Args:
        value: a string; or a list of strings and of tables, such as `{name = "knn", k = 3}`; the
            key `label` is what the user calls the model.

    Raises:
        ValueError: it is neither.
        UsageError: a text is not of the grammar.
    """
    if isinstance(value, str):
        return _checked(value)
    if not isinstance(value, list) or not value:
        raise ValueError("write a string or a list of strings and tables")
    return ",".join(
        _table_text(item) if isinstance(item, dict) else _checked(item) for item in value
    )


def _checked(item: object) -> str:
    """Return a text of models if it is one."""
    if not isinstance(item, str):
        raise ValueError(f"{item!r} is neither a string nor a table")  # noqa: TRY004 (pydantic's)
    parse_models(item)
    return item


def _table_text(table: Mapping[str, object]) -> str:
    """Write a table of a model's name and options as an item of `--models`."""
    name = table.get("name")
    if not isinstance(name, str):
        raise ValueError(f'{dict(table)} lacks the name: write {{name = "knn", k = 3}}')  # noqa: TRY004
    label = table.get("label")
    if not isinstance(label, str | None):
        raise ValueError(f"label {label!r} is not a string")  # noqa: TRY004 (pydantic's)
    options = {
        key: _value_text(key, value) for key, value in table.items() if key not in _NO_OPTIONS
    }
    request = ModelRequest(name, options, label)
    text = str(request)
    if parse_models(_checked(text)) != (request,):
        raise ValueError(f"{dict(table)} cannot be written as --models takes it: {text}")
    return text


def _value_text(key: str, value: object) -> str:
    """Write an option's value as `--models` takes it."""
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(part, str | int | float) for part in values):
        raise ValueError(f"{key} must be a string, a number, a boolean or a list of them")
    return option_text(value)
