"""What a user asks of a run: declared once, for the command line, the config file and Python.

A new option is a new field here: type, limits, default and description are those of the option, of
the key in a config file and of the argument. `Asked` says what else the command line needs.

What validators need is imported when they run: `digitbench run --help` waits for pydantic alone.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.fields import FieldInfo

from digitbench.errors import UsageError
from digitbench.workflows.request_fields import (
    Asked,
    FilePath,
    Jobs,
    RequestOrigin,
    Text,
    Trials,
    as_tuple,
    models_as_text,
    seconds_of_budget,
    sets_as_text,
    validation_text,
)

_OF_QUICK = ("until_decided", "vary", "resample", "fraction", "validation")
"""What a smoke run decides, besides the number of trials."""


class RunRequest(BaseModel):
    """What a user asks for; each field is an option, a key of the config file and an argument.

    Raises:
        UsageError: fields do not go together.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    models: Annotated[
        str,
        BeforeValidator(models_as_text),
        Field(
            description='Models, separated by commas, options in brackets: "softmax,knn[k=3],cnn". '
            "By default every model found."
        ),
        Asked(
            group="Options",
            option=("--models", "-m"),
            complete="models",
            of_baseline="Models, as for `digitbench run`; by default those of the baseline.",
        ),
    ] = "all"
    trials: Annotated[
        Trials,
        Field(ge=1, description="Trials of each model; deterministic ones run once."),
        Asked(
            group="Trials",
            option=("--trials", "-t"),
            of_baseline="Trials of each model; by default as many as the baseline has.",
        ),
    ] = 5
    quick: Annotated[
        bool,
        Field(
            description="Smoke run: one trial on a small part of the bundled digits or of "
            "--dataset, to see that the models run. The figures say nothing."
        ),
        Asked(group="Trials"),
    ] = False
    dataset: Annotated[
        Text | None,
        Field(
            description="Data set. By default mnist if it can be had, otherwise the bundled digits."
        ),
        Asked(
            group="Data",
            option=("--dataset", "-d"),
            complete="datasets",
            of_baseline="Data set; by default the baseline's.",
        ),
    ] = None
    data_dir: Annotated[
        FilePath | None,
        Field(description="Directory with the data set: four IDX files, or pictures."),
        Asked(group="Data", envvar="DIGITBENCH_DATA_DIR"),
    ] = None
    validation: Annotated[
        str,
        BeforeValidator(validation_text),
        Field(
            description="Hold out the last N training images, or about N of whole groups, such as "
            "writers:5000."
        ),
        Asked(
            group="Data",
            metavar="N|GROUPS:N",
            complete="validation",
            of_baseline="Hold out the last N training images, or about N of whole groups, such as "
            "writers:5000; by default as for the baseline.",
        ),
    ] = "0"
    test_sets: Annotated[
        str,
        BeforeValidator(sets_as_text),
        Field(
            description="Further images that each trained model predicts, separated by commas: "
            '"fresh,corruptions[severity=3],pictures:DIR". A data set stands for its test images. '
            "`digitbench test-sets` lists them."
        ),
        Asked(
            group="Data",
            metavar="SETS",
            complete="test_sets",
            of_baseline="Further images, as for `digitbench run`; by default the baseline's.",
        ),
    ] = ""
    seed: Annotated[
        int,
        Field(description="Base of every trial's seed."),
        Asked(
            group="Trials",
            of_baseline="Base of every trial's seed; by default the baseline's.",
        ),
    ] = 0
    vary: Annotated[
        Literal["seed", "data", "both"],
        Field(
            description="What differs between trials: the seed, the training images (resampled), "
            "or both."
        ),
        Asked(group="Trials"),
    ] = "seed"
    resample: Annotated[
        Text | None,
        Field(
            description="With --vary data or both, draw the training images with replacement "
            "(bootstrap, the default) or without (subsample), or draw whole groups, such as "
            "writers."
        ),
        Asked(group="Trials", metavar="HOW", complete="resampling"),
    ] = None
    fraction: Annotated[
        float | None,
        Field(
            allow_inf_nan=False,
            description="How many of the training images a subsample has, between 0 and 1; by "
            "default 0.5. Of groups, which are otherwise drawn with replacement.",
        ),
        Asked(group="Trials"),
    ] = None
    until_decided: Annotated[
        str | None,
        Field(
            description="Add trials until models A and B are told apart, by default every pair of "
            "the run, or more trials could not do it."
        ),
        Asked(group="Trials", metavar="[A,B]", bare="all", in_file=False),
    ] = None
    budget_seconds: Annotated[
        float | None,
        Field(
            gt=0,
            description="With --until-decided, the wall time that the run may take, such as 20m or "
            "1h30m.",
        ),
        BeforeValidator(seconds_of_budget),
        Asked(
            group="Trials",
            option=("--budget",),
            key="budget",
            metavar="TIME",
            takes=str,
            in_file=False,
        ),
    ] = None
    max_trials: Annotated[
        Trials,
        Field(ge=2, description="With --until-decided, the most trials of each model."),
        Asked(group="Trials", in_file=False),
    ] = 50
    engine: Annotated[
        Text,
        Field(
            description="Where trials run: process (worker processes), inline (this process), "
            "dask, or what else plugins offer; with options in brackets."
        ),
        Asked(group="Where trials run", complete="engines"),
    ] = "process"
    jobs: Annotated[
        Jobs,
        Field(
            description="How many trials run at a time; auto: one on each processor, as far as "
            "there are trials and memory for them."
        ),
        Asked(group="Where trials run", option=("--jobs", "-j"), metavar="N|auto", takes=str),
    ] = 1
    threads: Annotated[
        int | None,
        Field(
            ge=1,
            description="CPU threads per trial; by default an equal share of the processors "
            "available.",
        ),
        Asked(group="Where trials run"),
    ] = None
    timeout_seconds: Annotated[
        float | None,
        Field(
            ge=0.001,
            allow_inf_nan=False,
            description="Seconds a trial may take; then it is stopped and fails.",
        ),
        Asked(group="Where trials run", option=("--timeout",), key="timeout"),
    ] = None
    scheduler: Annotated[
        Text | None,
        Field(
            description="Address of a Dask cluster's scheduler, such as tcp://host:8786; for "
            "--engine dask."
        ),
        Asked(group="Where trials run"),
    ] = None
    plugin_files: Annotated[
        tuple[FilePath, ...],
        BeforeValidator(as_tuple),
        Field(
            description="Load a plugin from a Python file too; may be given several times.",
        ),
        Asked(group="Options", option=("--plugin-file",)),
    ] = ()
    runs_dir: Annotated[
        FilePath,
        Field(description="Where runs are kept."),
        Asked(group="Stored runs", envvar="DIGITBENCH_RUNS_DIR"),
    ] = Path("runs")
    keep: Annotated[
        Literal["none", "first", "all"] | None,
        Field(
            description="Keep the trained model of no trial, of the first of each model (the "
            "default, but for a smoke run), or of all, where its plugin can."
        ),
        Asked(group="Stored runs"),
    ] = None
    offline: Annotated[bool, Field(description="Never touch the network."), Asked(group="Data")] = (
        False
    )

    @model_validator(mode="before")
    @classmethod
    def _smoke_run(cls, values: Any, info: ValidationInfo) -> Any:
        """Let a smoke run decide what it decides."""
        if not isinstance(values, dict) or not values.get("quick"):
            return values
        given = _given(values, info)
        for name in ("trials", *_OF_QUICK):
            if name in given:
                raise UsageError(
                    "--quick is one trial on a small part of the data: leave out "
                    f"--{name.replace('_', '-')}"
                )
        if "data_dir" in given and values.get("dataset") is None:
            raise UsageError(
                "--quick takes the bundled digits: name the data set with --dataset too"
            )
        decided = {*_OF_QUICK, *({"test_sets"} - given)}
        kept = {name: value for name, value in values.items() if name not in decided}
        return kept | {"trials": 1}

    @model_validator(mode="after")
    def _goes_together(self, info: ValidationInfo) -> Self:
        """Refuse fields that do not go together."""
        from digitbench.runner.sampling import drawing_method

        given = _given(self.model_fields_set, info)
        if self.until_decided is None:
            for name in sorted(given & {"budget_seconds", "max_trials"}):
                raise UsageError(f"{spelling(name)} is for --until-decided: add that")
        elif "trials" in given:
            raise UsageError("--until-decided finds the number of trials: leave out --trials")
        drawing_method(self.vary, self.resample, self.fraction)
        return self

    @classmethod
    def of(cls, given: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Self:
        """Return what a user asks for.

        Args:
            given: what the user says explicitly, by field.
            settings: what holds otherwise, such as by a config file; it stands back where it does
                not go together with that.

        Raises:
            UsageError: a value is wrong, or values do not go together.
        """
        try:
            return cls.model_validate(
                {**(settings or {}), **given}, context=RequestOrigin(given.keys())
            )
        except ValidationError as error:
            raise UsageError(fault(error)) from error


def asked(field: FieldInfo) -> Asked:
    """Return how the command line and a config file take a field."""
    return next((item for item in field.metadata if isinstance(item, Asked)), Asked())


def key_of(name: str) -> str:
    """Return what a config file calls a field, with underscores."""
    return asked(RunRequest.model_fields[name]).key or name


def spelling(name: str) -> str:
    """Return the option of a field."""
    spellings = asked(RunRequest.model_fields[name]).option
    return spellings[0] if spellings else f"--{name.replace('_', '-')}"


def fault(error: ValidationError) -> str:
    """Say what is wrong with the first value that is."""
    first = error.errors()[0]
    name = str(first["loc"][0])
    if name not in RunRequest.model_fields:
        return f"there is no {name}; there are: {', '.join(RunRequest.model_fields)}"
    reason = first["msg"].removeprefix("Value error, ")
    return f"{spelling(name)} {first['input']}: {reason}"


def _given(names: Collection[str], info: ValidationInfo) -> set[str]:
    """Return the fields that the user has named explicitly."""
    origin: RequestOrigin | None = info.context
    return set(names) if origin is None or origin.given is None else set(origin.given)
