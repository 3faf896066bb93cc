"""Options that a person can find out about, and cannot get wrong unnoticed."""

from pydantic import ValidationError

from digitbench.errors import DigitbenchError, one_line
from digitbench.foreign import foreign_code
from digitbench.testing.model_under_test import ModelUnderTest
from digitbench.testing.results import CheckFailure, check, no_error

_UNKNOWN = "no_such_option"


@check()
def option_defaults(examination: ModelUnderTest) -> None:
    """Every option has a default, and the defaults build a classifier.

    Why: A model must run as it is named, and its options are stored and read back.
    """
    spec = examination.spec
    with no_error(
        "when the model is built with its default options",
        "Give every option a default with which build works.",
    ):
        defaults = spec.options()
        spec.build(defaults, examination.context())
    with no_error(
        "when options are stored as JSON and read back",
        "Let validators take what model_dump(mode='json') gives.",
    ):
        stored = spec.options.model_validate(defaults.model_dump(mode="json"))
    if stored != defaults:
        raise CheckFailure(
            f"the default options {defaults} back after storing them as JSON",
            f"{stored}",
            "Let validators take what model_dump(mode='json') gives.",
        )


@check()
def option_descriptions(examination: ModelUnderTest) -> None:
    """Every option says what it is for.

    Why: `digitbench models` shows them.
    """
    fields = examination.spec.options.model_fields
    silent = [name for name, field in fields.items() if not (field.description or "").strip()]
    if silent:
        raise CheckFailure(
            "a description of every option",
            f"none of {', '.join(silent)}",
            'Write Field(default, description="...").',
        )


@check()
def option_values(examination: ModelUnderTest) -> None:
    """Unknown options and values of a wrong type are refused.

    Why: A misspelt option that is ignored gives a figure for another model than was meant.
    """
    known = examination.spec.options.model_fields
    for name, value in {_UNKNOWN: 1, **dict.fromkeys(known, object())}.items():
        _check_refusal(examination, name, value)


def _check_refusal(examination: ModelUnderTest, name: str, value: object) -> None:
    if name == _UNKNOWN:
        expected = f"an option that does not exist, {name}, to be refused"
        advice = "Leave extra='forbid' of ModelOptions as it is."
    else:
        expected = f"option {name} to refuse a value of a wrong type"
        advice = f"Annotate {name} with the type it takes, not with Any."
    try:
        with foreign_code():
            try:
                examination.spec.options.model_validate({name: value})
            except ValidationError:
                return
    except DigitbenchError as error:
        raise CheckFailure(
            expected, one_line(error), "Let validators raise ValueError, which pydantic reports."
        ) from error
    raise CheckFailure(expected, "it was taken", advice)
