"""`digitbench predict`: kept models read pictures; what cannot be read is said."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import digitbench
from drawn_digits import as_file, ink_of, on_paper

Command = Callable[..., Any]
SEVERAL = [(7, 30, 40, 80), (1, 150, 40, 80), (4, 260, 40, 80)]


@pytest.fixture
def plugin(plugin_file: Callable[[str], Path], workdir: Path) -> tuple[str, str]:
    """Options that offer models which can be kept."""
    return "--plugin-file", str(shutil.copy(plugin_file("keepable"), workdir))


@pytest.fixture
def predict(command: Command, plugin: tuple[str, str], workdir: Path) -> Command:
    """Make a run that keeps two models, and two pictures; return a function that predicts."""
    engine = ("--engine", "inline", "--threads", "1")
    models = "keepable,noisy=keepable[noise=0.1]"
    outcome = command("run", *plugin, "-d", "digits", *engine, "-m", models, "-t", "1")
    assert outcome.code == 0, outcome.err
    picture = on_paper(ink_of((300, 240), [(4, 60, 90, 120)]))
    Path("one.jpg").write_bytes(as_file(picture, "JPEG"))
    Path("several.png").write_bytes(as_file(on_paper(ink_of((160, 380), SEVERAL))))
    return lambda *arguments: command("predict", *arguments, *plugin)


def test_one_digit_is_drawn_beside_every_probability(predict: Command) -> None:
    outcome = predict("one.jpg")
    assert outcome.code == 0, outcome.err
    first, heading, *rows = outcome.out.splitlines()
    assert first.startswith("one.jpg: ")
    assert heading.split()[-5:] == ["Digit", "keepable", "(%)", "noisy", "(%)"]
    assert sum("█" in row or "▀" in row or "▄" in row for row in rows) >= 8
    document = predict("one.jpg", "--json").json
    (digit,) = document["pictures"][0]["digits"]
    table = [row.split()[-3:] for row in rows[:10]]
    for number, row in enumerate(table):
        shares = [answer["probabilities"][number] for answer in digit["answers"]]
        assert row == [str(number), *(f"{100 * share:.2f}" for share in shares)]


def test_several_digits_are_read_from_left_to_right(predict: Command) -> None:
    outcome = predict("several.png", "--model", "keepable")
    document = predict("several.png", "--model", "latest:keepable", "--json").json
    digits = document["pictures"][0]["digits"]
    assert [digit["left"] for digit in digits] == sorted(digit["left"] for digit in digits)
    read = "".join(str(digit["answers"][0]["digit"]) for digit in digits)
    assert outcome.out.splitlines()[0] == f"several.png: 3 digits: {read}"
    assert all(len(digit["answers"]) == 1 for digit in digits)


def test_the_models_say_what_they_say_of_such_images_in_python(predict: Command) -> None:
    (digit,) = predict("one.jpg", "--json").json["pictures"][0]["digits"]
    model = digitbench.load_run("latest").model("keepable")
    (found,) = model.predict_picture("one.jpg")
    np.testing.assert_array_equal(found.image, digit["image"])
    assert found.box == tuple(digit[side] for side in ("left", "top", "right", "bottom"))
    assert found.digit == digit["answers"][0]["digit"] == model.predict(found.image[None])[0]
    assert found.probabilities is not None
    np.testing.assert_allclose(found.probabilities, digit["answers"][0]["probabilities"])
    (same,) = model.predict_picture(Path("one.jpg").read_bytes())
    np.testing.assert_array_equal(same.image, found.image)


def test_python_is_told_why_there_is_no_digit(predict: Command) -> None:
    Path("blank.png").write_bytes(as_file(np.full((30, 30), 200, np.uint8)))
    model = digitbench.load_model("latest:keepable")
    with pytest.raises(digitbench.PictureError, match=r"^blank\.png: the page is blank$"):
        model.predict_picture("blank.png")
    with pytest.raises(digitbench.PictureError, match="the picture is no picture known here"):
        model.predict_picture(b"abc")


def test_what_cannot_be_read_is_said_and_the_others_are_read(predict: Command) -> None:
    Path("broken.png").write_bytes(Path("several.png").read_bytes()[:200])
    Path("blank.png").write_bytes(as_file(np.full((30, 30), 200, np.uint8)))
    outcome = predict("broken.png", "none.png", "blank.png", "one.jpg")
    assert outcome.code == 2
    _, broken, none = outcome.err.splitlines()
    assert broken.startswith("error: broken.png is damaged (")
    assert none.startswith("error: none.png cannot be read (No such file or directory)")
    assert "broken.png" not in outcome.out
    assert "blank.png: the page is blank" in outcome.out
    assert "one.jpg: " in outcome.out
    assert predict("blank.png").code == 0
    nothing = predict("none.png")
    assert (nothing.code, nothing.out) == (2, "")
    errors = [one["error"] for one in predict("none.png", "one.jpg", "--json").json["pictures"]]
    assert errors[0].startswith("none.png cannot be read")
    assert errors[1] is None


def test_a_doubtful_digit_is_named(predict: Command) -> None:
    picture = on_paper(ink_of((300, 240), [(4, -50, 90, 150)]))
    Path("cut.png").write_bytes(as_file(picture))
    assert "cut.png: the digit is cut by the edge; the answer is doubtful" in predict("cut.png").out


def test_the_images_are_saved(predict: Command, workdir: Path) -> None:
    (workdir / "other").mkdir()
    shutil.copy("one.jpg", "other/one.png")
    outcome = predict("several.png", "one.jpg", "other/one.png", "--save-28x28", "made/here")
    assert outcome.code == 0, outcome.err
    names = sorted(path.name for path in Path("made/here").iterdir())
    assert names == ["one-1.2.png", "one-1.png", *(f"several-{n}.png" for n in (1, 2, 3))]
    (digit,) = predict("one.jpg", "--json").json["pictures"][0]["digits"]
    np.testing.assert_array_equal(np.asarray(Image.open("made/here/one-1.png")), digit["image"])
    refused = predict("one.jpg", "--save-28x28", "one.jpg/inside")
    assert (refused.code, refused.out) == (2, "")
    assert "cannot make one.jpg/inside" in refused.err


def test_it_says_whose_models_it_took_by_itself(predict: Command) -> None:
    run = digitbench.load_run("latest").record.id
    assert predict("one.jpg").err == f"models of {run}, trained on digits\n"
    assert predict("one.jpg", "--model", "latest:keepable").err == ""


def test_without_a_kept_model_it_says_how_to_get_one(command: Command) -> None:
    outcome = command("predict", "one.jpg")
    assert (outcome.code, outcome.out) == (2, "")
    (line,) = outcome.err.splitlines()
    assert line == (
        "error: no run in runs has kept a model: `digitbench run cnn --trials 1` trains one in "
        "about a minute and keeps it"
    )


@pytest.mark.parametrize("columns", [40, 80])
def test_nothing_is_wider_than_the_terminal(
    predict: Command, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = predict("one.jpg", "several.png").out.splitlines()
    assert max(map(len, lines)) <= columns
