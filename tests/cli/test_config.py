"""The config file: where it is looked for, what goes before it, and what is wrong with it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from digitbench.cli import app
from digitbench.errors import UsageError
from digitbench.runner.model_requests import ModelRequest, parse_models
from digitbench.workflows.config_file import check_settings

Command = Callable[..., Any]
PluginFile = Callable[[str], Path]

FILE = Path("digitbench.toml")


def parameters(*words: str, resilient_parsing: bool = False) -> dict[str, Any]:
    """Return what a command would get, without running it."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    context = command.make_context("digitbench", rest, resilient_parsing=resilient_parsing)
    values: dict[str, Any] = context.params
    return values


@pytest.fixture
def plan(command: Command, plugin_file: PluginFile) -> Command:
    """Return a function that plans a run on the bundled digits."""
    fixed = ("--offline", "-d", "digits", "--plugin-file", plugin_file("centroid"))

    def run(*arguments: str) -> Any:
        outcome = command("run", "--dry-run", "--json", *fixed, *arguments)
        assert outcome.code == 0, outcome.err
        return outcome.json["plan"]

    return run


def test_its_settings_are_those_of_the_run(
    command: Command, plugin_file: PluginFile, workdir: Path
) -> None:
    FILE.write_text(
        f"""
        models = ["centroid", {{name = "centroid", noise = 0.5, sharpness = 2}}]
        trials = 3
        seed = 11
        dataset = "digits"
        validation = 42
        engine = "process"
        jobs = 2
        threads = 1
        timeout = 60
        offline = true
        plugin-files = ["{plugin_file("centroid")}"]
        """
    )
    outcome = command("run", "--dry-run", "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.err == "settings from digitbench.toml\n"
    found = outcome.json["plan"]
    labels = [model["label"] for model in found["models"]]
    assert labels == ["centroid", "centroid[sharpness=2.0,noise=0.5]"]
    assert found["dataset"]["name"] == "digits"
    assert found["dataset"]["validation_size"] == 42
    assert (found["trials"], found["base_seed"], found["jobs"], found["threads"]) == (3, 11, 2, 1)
    assert (found["engine"], found["timeout_seconds"]) == ("process", 60.0)


def test_the_command_line_goes_before_the_file_and_the_file_before_the_default(
    plan: Command,
) -> None:
    FILE.write_text('models = "centroid[noise=1]"\ntrials = 3\nseed = 11\n')
    found = plan("--seed", "0", "-m", "centroid")
    assert (found["base_seed"], found["trials"]) == (0, 3)
    assert [model["label"] for model in found["models"]] == ["centroid"]
    assert found["jobs"] == 1


def test_an_environment_variable_goes_between_the_two(
    workdir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FILE.write_text('runs-dir = "of-the-file"')
    assert parameters("show")["runs_dir"] == Path("of-the-file")
    monkeypatch.setenv("DIGITBENCH_RUNS_DIR", "of-the-environment")
    assert parameters("show")["runs_dir"] == Path("of-the-environment")
    assert parameters("show", "--runs-dir", "given")["runs_dir"] == Path("given")


def test_each_command_has_the_settings_it_knows(workdir: Path) -> None:
    FILE.write_text(
        'trials = 3\nseed = 4\nthreads = 2\nruns-dir = "r"\ndata-dir = "d"\noffline = true\n'
        'plugin-files = ["p.py"]\nmodels = "knn"\n'
    )
    found = parameters("reproduce")
    assert (found["trials"], found["seed"], found["threads"], found["offline"]) == (3, 4, 2, True)
    assert found["config"] == FILE
    for words, name, value in (
        (("reproduce",), "runs_dir", Path("r")),
        (("show",), "runs_dir", Path("r")),
        (("models",), "plugin_files", [Path("p.py")]),
        (("data", "list"), "data_dir", Path("d")),
        (("data", "verify"), "plugin_files", [Path("p.py")]),
        (("data", "fetch", "mnist"), "offline", True),
    ):
        assert parameters(*words)[name] == value


def test_offline_can_be_taken_back(workdir: Path) -> None:
    FILE.write_text("offline = true")
    assert parameters("run")["offline"] is True
    assert parameters("run", "--no-offline")["offline"] is False


def test_plugin_files_given_on_the_command_line_stand_alone(workdir: Path) -> None:
    FILE.write_text('plugin-files = ["a.py", "b.py"]')
    assert parameters("run")["plugin_files"] == [Path("a.py"), Path("b.py")]
    assert parameters("run", "--plugin-file", "c.py")["plugin_files"] == [Path("c.py")]


def test_dashes_and_underscores_are_alike(workdir: Path) -> None:
    FILE.write_text('runs_dir = "r"')
    assert parameters("run")["runs_dir"] == Path("r")


def test_paths_are_relative_to_the_file(workdir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = workdir / "folder"
    folder.mkdir()
    text = f'runs-dir = "r"\ndata-dir = "{workdir}/d"\nplugin-files = ["../p.py", "~/q.py"]'
    (folder / "my.toml").write_text(text)
    found = parameters("run", "--config", "folder/my.toml")
    assert found["config"] == Path("folder/my.toml")
    assert found["runs_dir"] == Path("folder/r")
    assert found["data_dir"] == workdir / "d"
    assert found["plugin_files"] == [Path("folder/../p.py"), Path.home() / "q.py"]
    monkeypatch.setenv("DIGITBENCH_CONFIG", "folder/my.toml")
    assert parameters("show")["runs_dir"] == Path("folder/r")
    FILE.write_text('runs-dir = "other"')
    assert parameters("show")["runs_dir"] == Path("folder/r")
    assert parameters("show", "--config", str(FILE))["runs_dir"] == Path("other")


def test_a_table_of_pyproject_toml_does_too(plan: Command) -> None:
    Path("pyproject.toml").write_text('[tool.digitbench]\nmodels = "centroid"\nseed = 5\n')
    assert plan()["base_seed"] == 5


def test_digitbench_toml_goes_before_pyproject_toml(command: Command, workdir: Path) -> None:
    dry_run = ("run", "--dry-run", "--offline", "-d", "digits", "-m", "knn")
    FILE.write_text("seed = 5")
    Path("pyproject.toml").write_text('[project]\nname = "x"\n')
    assert command(*dry_run).err == "settings from digitbench.toml\n"
    Path("pyproject.toml").write_text("[tool.digitbench]\nseed = 6\n")
    outcome = command(*dry_run)
    assert outcome.err == ("settings from digitbench.toml; those in pyproject.toml are not used\n")
    assert "from base seed 5" in outcome.out
    Path("pyproject.toml").write_text("[tool.digit")  # not ours to complain about
    assert command(*dry_run).err == "settings from digitbench.toml\n"


@pytest.mark.parametrize(
    "text", ['[project]\nname = "x"\n', "[tool.other]\nseed = 1\n", "tool = 1"]
)
def test_other_projects_are_passed_over(command: Command, workdir: Path, text: str) -> None:
    Path("pyproject.toml").write_text(text)
    outcome = command("run", "--dry-run", "--offline", "-d", "digits", "-m", "knn")
    assert (outcome.code, outcome.err) == (0, "")


def test_a_file_without_settings_for_the_command_is_not_mentioned(
    command: Command, workdir: Path
) -> None:
    FILE.write_text("")
    dry_run = ("run", "--dry-run", "--offline", "-d", "digits", "-m", "knn")
    assert command(*dry_run).err == ""
    FILE.write_text("seed = 1")
    assert command("models").err == ""
    FILE.write_text('models = "knn"')
    assert parameters("reproduce")["config"] is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trails = 5", "there is no setting 'trails'; did you mean trials or "),
        ("plugin_file = []", "there is no setting 'plugin_file'; did you mean plugin-files?"),
        ("colour = 1", "there is no setting 'colour'; there are: models, trials, "),
        ("gates = 3", "gates = 3: Input should be a valid dictionary"),
        ("[gates]\naccuracy = 0.9", "no setting 'gates.accuracy'; did you mean min-accuracy"),
        ('[gates]\nmin-accuracy = "0.9"', "gates.min-accuracy = '0.9': Input should be a valid"),
        ("[gates]\nmax-trials = 0", "gates.max-trials = 0: Input should be greater than or"),
        ("[gates]\ntolerance = 3", 'is no fraction below 1; did you mean "3 points"?'),
        ('[gates]\naccept-changed = ["sauce"]', "sauce is none of source, options, data, plugin"),
        ("[gates.model.cnn]\ntolerence = 1", "'gates.model.cnn.tolerence'; did you mean toleran"),
        ('trials = "5"', "trials = '5': Input should be a valid integer"),
        ("trials = true", "trials = True: Input should be a valid integer"),
        ("trials = 0", "trials = 0: Input should be greater than or equal to 1"),
        ("seed = 1.0", "seed = 1.0: Input should be a valid integer"),
        ("jobs = -1", "jobs = -1: "),
        ("timeout = 0", "timeout = 0: Input should be greater than or equal to 0.001"),
        ("timeout = inf", "timeout = inf: Input should be a finite number"),
        ("offline = 1", "offline = 1: Input should be a valid boolean"),
        ('runs-dir = ""', "runs-dir = '': "),
        ("data_dir = 3", "data_dir = 3: Input should be a valid string"),
        ('data-dir = "~nobody-has-this-name/x"', "there is no such home directory"),
        ('plugin-files = "p.py"', "plugin-files = 'p.py': Input should be a valid list"),
        ('data-dir = "a"\ndata_dir = "b"', "'data-dir' and 'data_dir' are the same setting"),
        ("models = 3", "models = 3: write a string or a list of strings and tables"),
        ("models = []", "models = []: write a string or a list of strings and tables"),
        ("models = [3]", "3 is neither a string nor a table"),
        ('models = ["knn[k=3"]', "cannot read models at 'knn[k=3'"),
        ("models = [{k = 3}]", "lacks the name"),
        ('models = [{name = "a,b"}]', "cannot be written as --models takes it: a,b"),
        ('models = [{name = "knn", k = {}}]', "k must be a string, a number, a boolean or a list"),
        ("models = [{name = 'knn', k = 1979-05-27}]", "k must be a string, a number, a boolean"),
        ('models = [{name = "knn", k = ""}]', "write knn[option=value]"),
        ('engine = "engine', "is not TOML: Unterminated string"),
        ("a =\n", "is not TOML: Invalid value (at line 1, column 4)"),
    ],
)
def test_a_wrong_file_gets_one_line_and_code_2(
    command: Command, workdir: Path, text: str, message: str
) -> None:
    FILE.write_text(text)
    outcome = command("run", "--dry-run", "--offline", "-d", "digits", "-m", "knn")
    assert (outcome.code, outcome.out) == (2, "")
    (line,) = outcome.err.splitlines()
    assert line.startswith("error: digitbench.toml")
    assert message in line


def test_a_file_that_cannot_be_read_gets_one_line(command: Command, workdir: Path) -> None:
    Path("pyproject.toml").write_text("")
    Path("latin.toml").write_bytes(b'dataset = "\xe9"')
    for file, message in (
        ("nowhere.toml", "cannot read the config file nowhere.toml: No such file"),
        (".", "cannot read the config file .: Is a directory"),
        ("pyproject.toml", "pyproject.toml has no table [tool.digitbench]"),
        ("latin.toml", "latin.toml is not TOML: not UTF-8 from byte 11 on: save it as UTF-8"),
    ):
        outcome = command("show", "--config", file)
        assert (outcome.code, outcome.out) == (2, "")
        (line,) = outcome.err.splitlines()
        assert message in line
    Path("pyproject.toml").write_text("tool.digitbench = 3")
    assert "tool.digitbench must be a table" in command("show").err


def test_models_and_their_options_are_checked_as_on_the_command_line(
    command: Command, workdir: Path
) -> None:
    for models, message in (
        ('[{name = "knn", metric = "mine"}]', "model 'knn' has no option 'metric'"),
        ('[{name = "knn", k = "many"}]', "model 'knn', option k=many"),
        ('"sotfmax"', "did you mean softmax?"),
        ('["knn", {name = "knn", k = 3}]', "names one model twice"),
    ):
        FILE.write_text(f"models = {models}")
        outcome = command("run", "--dry-run", "--offline", "-d", "digits")
        assert outcome.code == 2
        assert message in outcome.err.splitlines()[-1]


def test_help_and_completion_do_not_need_the_file(command: Command, workdir: Path) -> None:
    shown = command("run", "--help").out
    FILE.write_text("trails = 7")
    outcome = command("run", "--help")
    assert (outcome.code, outcome.out, outcome.err) == (0, shown, "")
    assert parameters("run", resilient_parsing=True)["trials"] == 5


@pytest.mark.slow
def test_a_process_has_its_file_from_the_environment(process: Command, workdir: Path) -> None:
    (workdir / "sub").mkdir()
    (workdir / "sub" / "any.toml").write_text('models = "knn"\ndataset = "digits"\ntrials = 2\n')
    settings = {"DIGITBENCH_CONFIG": "sub/any.toml"}
    outcome = process("run", "--dry-run", "--offline", "--json", environment=settings)
    assert outcome.code == 0, outcome.err
    assert outcome.err == "settings from sub/any.toml\n"
    assert outcome.json["plan"]["trials"] == 2


VALUES = st.one_of(
    st.text(st.sampled_from("ab3 ,[]=/.'\""), max_size=6),
    st.integers(),
    st.booleans(),
    st.floats(allow_nan=False),
    st.lists(st.integers(0, 99), max_size=3),
)


@given(
    st.text(st.sampled_from("knx-_ ,[]="), max_size=5),
    st.dictionaries(st.text(st.sampled_from("kpq ,[]="), max_size=4), VALUES, max_size=3),
)
def test_a_table_says_just_what_it_holds_or_is_refused(
    name: str, options: dict[str, object]
) -> None:
    table = {"name": name, **options}
    try:
        settings = check_settings({"models": [table]}, FILE)
    except UsageError:
        return
    (request,) = parse_models(settings["models"])
    assert request.name == name
    assert request.options.keys() == options.keys()
    assert {value for value in options.values() if isinstance(value, str)} <= {
        *request.options.values()
    }


def test_values_of_a_table_are_written_as_the_command_line_takes_them() -> None:
    table = {"name": "m", "k": 3, "yes": True, "rate": 0.1, "sizes": [16, 32], "word": "a b"}
    settings = check_settings({"models": ["all", table]}, FILE)
    everything, request = parse_models(settings["models"])
    assert everything == ModelRequest("all")
    assert request.options == {
        "k": "3",
        "yes": "true",
        "rate": "0.1",
        "sizes": "16/32",
        "word": "a b",
    }
