"""What models say of the digits in pictures: drawn and in tables, and as plain values."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from digitbench.pictures import AnsweredDigit, ModelAnswer, PictureAnswer
from digitbench.report.formatting import percent
from digitbench.report.terminal_images import CELL_COLUMNS, CaptionedDigit, DigitGallery
from digitbench.types import NUM_CLASSES

DOCUMENT_VERSION = 1


def pictures_report(answers: Sequence[PictureAnswer]) -> Group:
    """Show pictures one after another, each with its digits as the models saw them.

    A single digit has a table of all probabilities; of several each has a caption.

    Args:
        answers: what came of each picture that could be read.
    """
    parts: list[RenderableType] = []
    for answer in answers:
        parts += [*([""] if parts else []), *_shown(answer)]
    return Group(*parts)


def pictures_document(answers: Sequence[PictureAnswer]) -> dict[str, Any]:
    """Return what came of pictures as plain values that `json.dumps` takes.

    Args:
        answers: what came of each picture.
    """
    return {
        "document_version": DOCUMENT_VERSION,
        "pictures": [
            {
                "file": answer.file,
                "error": answer.error,
                "notes": list(answer.notes),
                "problems": list(answer.problems),
                "digits": [_digit(digit) for digit in answer.digits],
            }
            for answer in answers
        ],
    }


def _digit(digit: AnsweredDigit) -> dict[str, Any]:
    box = digit.found.box
    return {
        "left": box.left,
        "top": box.top,
        "right": box.right,
        "bottom": box.bottom,
        "notes": list(digit.found.notes),
        "image": digit.found.image.tolist(),
        "answers": [
            {
                "model": answer.model,
                "digit": answer.digit,
                "probabilities": answer.probabilities and list(answer.probabilities),
            }
            for answer in digit.answers
        ],
    }


def _shown(answer: PictureAnswer) -> Iterator[RenderableType]:
    """Yield the parts of one picture: what was read, the digits, what makes them doubtful."""
    if answer.problems:
        yield Text(f"{answer.file}: {'; '.join(answer.problems)}")
    elif len(answer.digits) == 1:
        yield Text.assemble(answer.file, ": ", _read_by_models(answer))
        yield _drawn_beside_table(answer.digits[0])
    else:
        yield Text.assemble(
            answer.file, f": {len(answer.digits)} digits: ", _read_by_models(answer)
        )
        yield DigitGallery([CaptionedDigit(d.found.image, _caption(d)) for d in answer.digits])
    yield from (Text(f"{answer.file}: {note}") for note in answer.notes)
    for number, digit in enumerate(answer.digits, 1):
        for note in digit.found.notes:
            which = "the digit" if len(answer.digits) == 1 else f"digit {number}"
            yield Text(f"{answer.file}: {which} is {note}; the answer is doubtful")


def _read_by_models(answer: PictureAnswer) -> Text:
    """Return what each model reads; once, if all read the same."""
    read: dict[str, list[str]] = {}
    for place, first in enumerate(answer.digits[0].answers):
        digits = "".join(str(digit.answers[place].digit) for digit in answer.digits)
        read.setdefault(digits, []).append(first.model)
    if len(read) == 1:
        return Text(next(iter(read)), style="bold")
    return Text("; ").join(
        Text.assemble((digits, "bold"), f" ({', '.join(models)})")
        for digits, models in read.items()
    )


def _caption(digit: AnsweredDigit) -> list[str]:
    return [f"{answer.model} {answer.digit}{_sureness(answer)}" for answer in digit.answers]


def _sureness(answer: ModelAnswer) -> str:
    return f" {percent(max(answer.probabilities))} %" if answer.probabilities else ""


def _drawn_beside_table(digit: AnsweredDigit) -> Table:
    """Return the digit as the models saw it, and beside it their probabilities."""
    grid = Table.grid(padding=(0, 4))
    grid.add_column(width=CELL_COLUMNS)
    grid.add_column()
    grid.add_row(DigitGallery([CaptionedDigit(digit.found.image, ())]), _probabilities(digit))
    return grid


def _probabilities(digit: AnsweredDigit) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("Digit", justify="right")
    for answer in digit.answers:
        table.add_column(f"{answer.model} (%)", justify="right", overflow="fold")
    for number in range(NUM_CLASSES):
        table.add_row(str(number), *(_figure(answer, number) for answer in digit.answers))
    return table


def _figure(answer: ModelAnswer, number: int) -> Text:
    style = "bold" if answer.digit == number else ""
    if answer.probabilities is None:
        return Text("predicted" if answer.digit == number else "", style=style)
    return Text(percent(answer.probabilities[number]), style=style)
