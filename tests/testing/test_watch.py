"""What a process opens for writing is noted; in a process of its own, where the hook stays."""

import subprocess
import sys
from pathlib import Path


def written(code: str, folder: Path) -> list[str]:
    """Return what some code writes outside `folder/allowed`, by names in `folder`."""
    (folder / "allowed").mkdir()
    (folder / "there.txt").write_text("there", encoding="utf-8")
    script = (
        "import os\nfrom pathlib import Path\n"
        "from digitbench.testing.watch import WriteWatch\n"
        f"watch = WriteWatch(['allowed'])\n{code}\n"
        "print(*watch.written(), sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    return [Path(line).name for line in done.stdout.splitlines() if line]


def test_new_changed_and_opened_files_are_noted(tmp_path: Path) -> None:
    code = (
        "Path('new.txt').write_text('x')\n"
        "open('there.txt', 'a').close()\n"
        "os.close(os.open(b'low.txt', os.O_CREAT | os.O_WRONLY))\n"
    )
    assert written(code, tmp_path) == ["low.txt", "new.txt", "there.txt"]


def test_reading_is_not(tmp_path: Path) -> None:
    assert written("Path('there.txt').read_text()", tmp_path) == []


def test_what_is_allowed_is_not_noted(tmp_path: Path) -> None:
    code = "Path('allowed/new.txt').write_text('x')\nopen('/dev/null', 'w').close()"
    assert written(code, tmp_path) == []


def test_a_way_around_is_seen(tmp_path: Path) -> None:
    assert written("Path('allowed/../new.txt').write_text('x')", tmp_path) == ["new.txt"]


def test_a_neighbour_of_the_same_beginning_is_not_allowed(tmp_path: Path) -> None:
    assert written("Path('allowed.txt').write_text('x')", tmp_path) == ["allowed.txt"]
