"""The hash of code changes with what the code does, and with nothing else."""

import functools
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from digitbench.code_hash import code_hash, is_importable

CELL = """
import numpy as np
WIDTH = 3
WORDS = {"one", "two", "three"}

def helper(x):
    # a comment
    return x in {"a", "b", "c"} and WIDTH

class Base:
    def again(self):
        return Mine

class Mine(Base):
    '''What it is.'''

    def __init__(self, width=WIDTH):
        super().__init__()
        self.width = width

    def fit(self, train, validation):
        return helper(train.images) + len(WORDS)

    def predict(self, images):
        return [np.argmax(image) for image in images]
"""


@pytest.fixture
def run_cell() -> Callable[[str], dict[str, Any]]:
    """Return a function that runs a cell as a notebook does and returns its names."""

    def run(text: str) -> dict[str, Any]:
        names: dict[str, Any] = {"__name__": "__main__"}
        exec(compile(text, "<cell>", "exec"), names)  # noqa: S102
        return names

    return run


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# a comment", "# another"),
        ("\nWIDTH", "\n\n\nWIDTH"),
        ("'''What it is.'''", "'''What it was.'''"),
        (
            "import numpy as np\n",
            "import numpy as np\nfit = run = 'what only members are called'\n",
        ),
    ],
)
def test_what_changes_nothing_that_it_does_leaves_the_hash(
    old: str, new: str, run_cell: Callable[[str], dict[str, Any]]
) -> None:
    assert old in CELL
    before, after = run_cell(CELL)["Mine"], run_cell(CELL.replace(old, new))["Mine"]
    assert code_hash(after) == code_hash(before)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.width = width", "self.width = width + 1"),  # its own code
        ("WIDTH = 3", "WIDTH = 4"),  # a constant that only a helper and a default know
        ('"b", "c"', '"b", "d"'),  # code of a helper
        ("return Mine", "return None"),  # the base class
        ("WORDS = {", 'WORDS = {"four", '),  # a set
        ("np.argmax", "np.argmin"),  # a function of a module
    ],
)
def test_what_changes_what_it_does_changes_the_hash(
    old: str, new: str, run_cell: Callable[[str], dict[str, Any]]
) -> None:
    assert old in CELL
    before, after = run_cell(CELL)["Mine"], run_cell(CELL.replace(old, new))["Mine"]
    assert code_hash(after) != code_hash(before)


def test_every_process_finds_the_same_hash() -> None:
    code = f"{CELL}\nfrom digitbench.code_hash import code_hash\nprint(code_hash(Mine))"
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1


def test_the_arguments_of_an_object_are_part_of_it() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    one, same, other = (KNeighborsClassifier(n) for n in (3, 3, 5))
    assert code_hash(one) == code_hash(same) != code_hash(other)
    two, five = (functools.partial(max, default=n) for n in (2, 5))
    assert code_hash(two) != code_hash(five)
    assert code_hash(np.zeros(3)) != code_hash(np.ones(3))


def test_what_a_function_holds_on_to_is_part_of_it() -> None:
    def maker(value: int) -> Callable[[], int]:
        return lambda: value

    assert code_hash(maker(1)) == code_hash(maker(1)) != code_hash(maker(2))


def test_what_cannot_be_copied_counts_by_its_type() -> None:
    import threading

    assert code_hash(threading.Lock()) == code_hash(threading.Lock())


def test_the_files_of_a_package_that_is_not_installed_count(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "hashed_here.py"
    file.write_text("class Mine:\n    pass\n", encoding="utf-8")
    import hashed_here  # type: ignore[import-not-found]

    before = code_hash(hashed_here.Mine)
    assert is_importable(hashed_here.Mine)
    file.write_text("class Mine:\n    changed = True\n", encoding="utf-8")
    assert code_hash(hashed_here.Mine) != before
    monkeypatch.delitem(sys.modules, "hashed_here")
