"""What models say of the digits in a picture."""

from dataclasses import dataclass

from digitbench.pictures.finding import FoundDigit


@dataclass(frozen=True)
class ModelAnswer:
    """What one model says of one digit.

    Attributes:
        model: the model's label.
        digit: what it predicts, 0 to 9.
        probabilities: of the digits 0 to 9; None if it gives none.
    """

    model: str
    digit: int
    probabilities: tuple[float, ...] | None


@dataclass(frozen=True, eq=False)
class AnsweredDigit:
    """A digit that was found in a picture, with what each model says of it.

    Attributes:
        found: the digit, as the models saw it, and where it lies.
        answers: one of each model, in the order the models were named.
    """

    found: FoundDigit
    answers: tuple[ModelAnswer, ...]


@dataclass(frozen=True, eq=False)
class PictureAnswer:
    """What came of one picture.

    Attributes:
        file: how the picture was named.
        digits: its digits, in reading order.
        notes: what was decided in reading it.
        problems: why there are no digits.
        error: why the picture could not be read, in one line; None if it could.
    """

    file: str
    digits: tuple[AnsweredDigit, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    error: str | None = None
