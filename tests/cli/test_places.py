"""Places and files as people, shells, editors and containers give them."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from digitbench.datasets.load import default_cache_dir
from digitbench.errors import EngineError, UsageError
from digitbench.runner.engines.scratch import scratch_directory

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]
FILE = Path("digitbench.toml")


@pytest.fixture
def quick(command: Command, plugin_file: PluginFile) -> Command:
    """Return a function that makes a run of a moment."""

    def run(*words: str | Path) -> Any:
        return command(
            *("run", "-d", "digits", "--offline", "-m", "centroid", "-t", "1"),
            *("--engine", "inline", "--plugin-file", plugin_file("centroid"), *words),
        )

    return run


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Be a user without a home; return the directory for temporary files."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    for name in ("HOME", "XDG_CACHE_HOME", "DIGITBENCH_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    import pwd

    def nobody(uid: int) -> object:
        raise KeyError(uid)

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    return temporary


def home(workdir: Path) -> Path:
    return workdir.parent / "home"


def test_a_tilde_in_an_option_is_the_home_directory(quick: Command, workdir: Path) -> None:
    assert quick("--runs-dir", "~/runs").code == 0
    assert list(workdir.iterdir()) == []
    assert len(list((home(workdir) / "runs").iterdir())) == 1


@pytest.mark.parametrize("written", ["~/runs", ' "~/runs" ', "'{home}/runs'", "{home}/runs "])
def test_so_it_is_in_a_variable_and_blanks_and_quotes_are_not_meant(
    quick: Command, workdir: Path, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    monkeypatch.setenv("DIGITBENCH_RUNS_DIR", written.format(home=home(workdir)))
    assert quick().code == 0
    assert list(workdir.iterdir()) == []
    assert len(list((home(workdir) / "runs").iterdir())) == 1


def test_an_empty_variable_is_none(
    quick: Command, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("RUNS_DIR", "DATA_DIR", "CACHE_DIR", "CONFIG", "DEBUG", "DISABLE_PLUGINS"):
        monkeypatch.setenv(f"DIGITBENCH_{name}", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(workdir.parent / "cache"))
    assert quick().code == 0
    assert [path.name for path in workdir.iterdir()] == ["runs"]


@pytest.mark.parametrize(("value", "shown"), [("1", True), ("0", False), ("false", False)])
def test_the_variable_for_tracebacks_can_be_off(
    command: Command, monkeypatch: pytest.MonkeyPatch, value: str, *, shown: bool
) -> None:
    monkeypatch.setenv("DIGITBENCH_DEBUG", value)
    assert ("Traceback" in command("show").err) is shown


def test_the_cache_and_the_config_file_may_be_at_home(
    quick: Command, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", "~/cache")
    monkeypatch.setenv("DIGITBENCH_CONFIG", "~/mine.toml")
    (home(workdir) / "mine.toml").write_text('runs-dir = "runs-of-mine"\n')
    assert quick().code == 0
    assert sorted(path.name for path in home(workdir).iterdir()) == [
        "cache",
        "mine.toml",
        "runs-of-mine",
    ]


def test_a_home_that_is_not_there_gets_one_line(quick: Command) -> None:
    outcome = quick("--runs-dir", "~nobody-at-all/runs")
    assert outcome.code == 2
    assert outcome.err.startswith("error: there is no home directory for the ~ in ~nobody-at-all/")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", ["digitbench.toml", "pyproject.toml"])
def test_config_files_may_begin_with_a_byte_order_mark(
    quick: Command, name: str, encoding: str
) -> None:
    table = "[tool.digitbench]\r\n" if name == "pyproject.toml" else ""
    Path(name).write_bytes(f'{table}runs-dir = "wherever"\r\n'.encode(encoding))
    assert quick().code == 0
    assert Path("wherever").is_dir()


@pytest.mark.parametrize(
    "content", [b"[project\nname = 1", b"name = '\xe9'", b"\xff\xfe\x00", b"[project]\na=1\na=2"]
)
def test_a_stranger_s_broken_pyproject_is_none_of_our_business(
    command: Command, content: bytes
) -> None:
    Path("pyproject.toml").write_bytes(content)
    outcome = command("list")
    assert (outcome.code, outcome.out) == (0, "")


def test_but_one_with_settings_of_ours_is_an_error(command: Command) -> None:
    Path("pyproject.toml").write_text("[tool.digitbench]\ntrials = \n")
    outcome = command("list")
    assert outcome.code == 2
    assert "pyproject.toml is not TOML" in outcome.err


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_baseline_that_powershell_has_written_is_read(
    quick: Command, command: Command, encoding: str
) -> None:
    assert quick().code == 0
    text = command("baseline").out.replace("\n", "\r\n")
    Path("baseline.json").write_bytes(text.encode(encoding))
    outcome = command("check", "--run", "latest", "--baseline", "baseline.json")
    assert outcome.code == 0, outcome.err


def test_without_a_home_the_cache_is_among_the_temporary_files(
    quick: Command, command: Command, homeless: Path
) -> None:
    outcome = quick()
    assert outcome.code == 0, outcome.err
    cache = homeless / f"digitbench-{os.getuid()}"
    assert (cache / "arrays").is_dir()
    assert cache.stat().st_mode & 0o077 == 0
    for words in (("data", "list"), ("models",), ("show",), ("doctor",)):
        assert command(*words).code == 0
    assert "this user has no home directory" in command("doctor").out


def test_a_place_that_somebody_else_can_write_to_is_not_taken(homeless: Path) -> None:
    (homeless / f"digitbench-{os.getuid()}").mkdir(mode=0o777)
    (homeless / f"digitbench-{os.getuid()}").chmod(0o777)
    with pytest.raises(UsageError, match=r"not this user's alone: .*DIGITBENCH_CACHE_DIR"):
        default_cache_dir()


def test_doctor_says_that_a_cache_at_a_home_that_is_not_there_cannot_be(
    command: Command, homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITBENCH_CACHE_DIR", "~/cache")
    outcome = command("doctor")
    assert outcome.code == 2
    assert "cache: there is no home directory for the ~ in ~/cache" in outcome.out


@pytest.mark.parametrize("kind", ["file", "missing"])
def test_a_home_that_cannot_be_written_costs_the_cache_alone(
    quick: Command, workdir: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    Path("file").touch()
    monkeypatch.delenv("DIGITBENCH_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(workdir / "file") if kind == "file" else "/proc/nowhere")
    outcome = quick()
    assert outcome.code == 0
    assert "cannot be cached in" in outcome.err


@contextmanager
def no_temporary_directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    with monkeypatch.context() as patch:
        patch.setattr("tempfile.gettempdir", none)
        yield


def test_without_a_place_for_temporary_files_one_line_says_so(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with no_temporary_directory(monkeypatch):
        with pytest.raises(EngineError, match="name a place in TMPDIR"), scratch_directory():
            pass
        outcome = command("doctor")
    assert outcome.code == 2
    assert "temporary files: No usable temporary directory found" in outcome.out


CHANGES = """
import os
os.chdir("elsewhere")
"""


@pytest.mark.parametrize("engine", ["inline", "process"])
def test_a_plugin_that_changes_the_directory_moves_nothing(
    command: Command, workdir: Path, plugin_file: PluginFile, engine: str
) -> None:
    Path("elsewhere").mkdir()
    code = plugin_file("centroid").read_text(encoding="utf-8")
    Path("plug.py").write_text(f"{code}\n{CHANGES}", encoding="utf-8")
    outcome = command(
        *("run", "-d", "digits", "--offline", "-m", "centroid", "-t", "1"),
        *("--engine", engine, "--plugin-file", "plug.py"),
    )
    assert outcome.code == 0, outcome.err
    assert len(list((workdir / "runs").iterdir())) == 1
    assert list(Path("elsewhere").iterdir()) == []
    assert command("report", "-o", "report.html").code == 0
    assert (workdir / "report.html").is_file()


@pytest.mark.parametrize("words", [("models",), ("doctor",), ("data", "list"), ("run",)])
def test_a_plugin_that_skips_itself_costs_no_command(
    command: Command, quick: Command, words: tuple[str, ...]
) -> None:
    Path("plug.py").write_text('import pytest\npytest.importorskip("not_here_at_all")\n')
    make = quick if words == ("run",) else command
    words = () if words == ("run",) else words
    outcome = make(*words, "--plugin-file", "plug.py")
    assert outcome.code == 0
    said = " ".join((outcome.out + outcome.err).split())
    assert "failed to load: Skipped: could not import 'not_here_at_all'" in said


def test_in_a_directory_that_is_gone_there_is_one_line(
    command: Command, quick: Command, workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = workdir / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert command("list").code == 0
    assert command("doctor").code == 2
    outcome = quick()
    assert outcome.code == 2
    assert outcome.err.splitlines()[-1].startswith("error: cannot make a run directory in runs")
