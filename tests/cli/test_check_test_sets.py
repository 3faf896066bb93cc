"""`digitbench check` with test sets whose files are not where the baseline was made."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from digitbench.workflows.check import judge_asked
from digitbench.workflows.messages import SilentMessages
from drawn_digits import as_file, ink_of, on_paper

Command = Callable[..., Any]


@pytest.fixture
def data(plugin_file: Callable[[str], Path]) -> tuple[str | Path, ...]:
    """Return what every run is given here."""
    return ("--offline", "--engine", "inline", "--plugin-file", plugin_file("centroid"))


def test_pictures_of_a_baseline_may_lie_elsewhere(command: Command, data: Any) -> None:
    for digit in (1, 7):
        Path(f"there/{digit}").mkdir(parents=True)
        picture = on_paper(ink_of((70, 60), [(digit, 8, 12, 40)]))
        Path(f"there/{digit}/a.png").write_bytes(as_file(picture))
    there = f"pictures:{Path('there').absolute()}"
    run = ("-m", "centroid", "-d", "digits", *data)
    assert command("run", *run, "--test-sets", there).code == 0
    made = command("baseline", "-o", "baseline.json")
    assert f"{there}: where that path is another" in made.err

    Path("there").rename("here")
    judge = ("check", "-b", "baseline.json", *data)
    lost = command(*judge)
    assert lost.code == 1
    assert f"the baseline has the test set {there}: if its files lie elsewhere" in lost.err
    found = command(*judge, "--test-sets", "pictures:here", "--json")
    assert (found.code, found.json["outcome"]) == (0, "pass")
    assert ("drop", "pictures:here") in {(g["kind"], g["test_set"]) for g in found.json["gates"]}

    shutil.copy("here/1/a.png", "here/7/b.png")
    other = command(*judge, "--test-sets", "pictures:here")
    assert other.code == 2
    assert "the test set pictures:here was " in other.err


def test_a_mark_of_pytest_takes_the_pictures_of_a_baseline_from_the_root_directory(
    command: Command, data: Any, plugin_file: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = on_paper(ink_of((70, 60), [(7, 8, 12, 40)]))
    Path("digits/7").mkdir(parents=True)
    Path("digits/7/a.png").write_bytes(as_file(picture))
    run = ("-m", "centroid", "-d", "digits", "--test-sets", "pictures:digits", *data)
    assert command("run", *run).code == 0
    assert command("baseline", "-o", "baseline.json").code == 0
    root = Path.cwd()
    Path("tests").mkdir()
    monkeypatch.chdir("tests")
    asked: dict[str, Any] = {"baseline": "baseline.json", "plugin_files": [plugin_file("centroid")]}
    asked |= {"engine": "inline", "offline": True}
    found, _ = judge_asked(asked, root, root / "runs", SilentMessages())
    assert found.passed
    assert found.record.plan.test_sets[0].label == f"pictures:{root / 'digits'}"
