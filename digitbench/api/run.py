"""A run as notebooks and programs see it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, Group, RenderableType

from digitbench.api.comparison import Comparison, compare_targets
from digitbench.api.messages import messages_shown
from digitbench.api.model import Model, load_model
from digitbench.api.settings import Place, place
from digitbench.api.shown import Shown, as_text
from digitbench.errors import UsageError
from digitbench.metrics import Computed
from digitbench.report.formats import FORMATS, known, of_suffix
from digitbench.report.frames import sets_frame, summary_frame, trials_frame
from digitbench.report.overview import overview
from digitbench.report.page import run_fragment
from digitbench.report.plots import plot
from digitbench.report.sets_overview import sets_overview
from digitbench.types import Images, Labels, RunRecord
from digitbench.workflows.chosen import Models
from digitbench.workflows.compare import Outcomes, find_targets
from digitbench.workflows.images import load_test_images
from digitbench.workflows.metrics import compute_metrics
from digitbench.workflows.run_models import chosen_models
from digitbench.workflows.stored import find_run, probabilities_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class Run:
    """A stored run: what was run, every trial's predictions, and what follows from them.

    Jupyter draws it as the verdict and the table; `print` shows the same as text.

        >>> run = digitbench.load_run("latest")
        >>> run.summary

    Attributes:
        record: the run as it is stored (`digitbench.RunRecord`).
        path: its directory.
    """

    def __init__(
        self, record: RunRecord, path: Path, objects: Mapping[str, object] | None = None
    ) -> None:
        """Show a run.

        Args:
            record: the run, read with its predictions.
            path: its directory.
            objects: Python objects that its models were made of, by label.
        """
        self.record = record
        self.path = path
        self._objects = dict(objects or {})

    def __repr__(self) -> str:
        return as_text(self._shown)

    def _repr_html_(self) -> str:
        return run_fragment(self.record)

    @property
    def id(self) -> str:
        """The run directory's name: what `digitbench.load_run` and the command line take."""
        return self.record.id

    @property
    def status(self) -> str:
        """`complete`, or `interrupted`: then `resume` runs what is missing."""
        return self.record.status

    @property
    def models(self) -> tuple[str, ...]:
        """The labels of the models, in the order they were asked for."""
        return tuple(model.label for model in self.record.plan.models)

    @property
    def trials(self) -> "pd.DataFrame":
        """One row per trial: all that was measured, the metrics of plugins, the models' options.

        >>> run.trials.groupby("model").accuracy.mean()
        """
        return trials_frame(self.record, self._computed)

    @property
    def summary(self) -> "pd.DataFrame":
        """One row per model, the most accurate first, with intervals; accuracies are fractions.

        >>> run.summary[["model", "accuracy_mean", "interval_low", "interval_high"]]
        """
        return summary_frame(self.record, self._computed)

    @property
    def test_sets(self) -> "pd.DataFrame":
        """One row per model, further test set and condition, the most accurate first.

        Where all conditions show the same images, rows for their mean come first, without a
        condition. Accuracies are fractions.

        >>> run.test_sets.pivot_table("accuracy_mean", "condition", "model")
        """
        return sets_frame(self.record)

    @cached_property
    def _computed(self) -> Computed:
        """What the metrics of plugins are in the run."""
        with messages_shown() as messages:
            return compute_metrics(self.record, messages)

    @property
    def labels(self) -> Labels:
        """The right digits of the test images, uint8 `(n_test,)`."""
        if self.record.test_labels is None:
            raise UsageError(f"{self.id} was read without its test labels")
        return self.record.test_labels

    @property
    def test_images(self) -> Images:
        """The test images, uint8 `(n_test, 28, 28)`; they are loaded from the data set.

        >>> plt.imshow(run.test_images[0])

        Raises:
            UsageError: the data set cannot be had any more; a message says why.
        """
        images = self._images()
        if images is None:
            raise UsageError(f"the test images of {self.id} cannot be had")
        return images

    def predictions(self, model: str) -> NDArray[np.uint8]:
        """Return what a model predicts, uint8 `(n_trials, n_test)`, trials that failed left out.

        >>> (run.predictions("cnn") != run.labels).sum(axis=1)

        Raises:
            UsageError: there is no such model, or none of its trials succeeded.
        """
        return self._outcomes(model).predictions

    def probabilities(self, model: str) -> NDArray[np.float32]:
        """Return a model's probabilities, float32 `(n_trials, n_test, 10)`.

        >>> run.probabilities("cnn").mean(axis=0)

        Raises:
            UsageError: there is no such model, or it gives no probabilities.
        """
        return probabilities_of(self.path, self._outcomes(model).label)

    def model(self, name: str, *, trial: int | None = None) -> Model:
        """Load a trained model that this run has kept.

        >>> run.model("cnn").predict(run.test_images)

        Args:
            name: the model.
            trial: of which trial; by default the first that was kept.

        Raises:
            UsageError: it was not kept, or no plugin here loads it.
            KeptModelError: it is damaged, or its plugin cannot load it.
        """
        return load_model(f"{self.path}:{name}", trial=trial)

    def compare(self, a: "str | Run", b: "str | Run", *, model: str | None = None) -> Comparison:
        """Compare two models of this run, or a model or the whole of it with another run.

        >>> run.compare("cnn", "svm").verdict

        Args:
            a: a model of this run; a run; or `RUN:MODEL`, as for `digitbench compare`.
            b: likewise.
            model: of two runs, compare this model alone.

        Raises:
            UsageError: there is no such model, or the runs are of different data.
        """
        sides = (str(side.path) if isinstance(side, Run) else self._side(side) for side in (a, b))
        targets = find_targets(*sides, runs_dir=self.path.parent, model=model)
        return compare_targets(targets)

    def report(
        self,
        file: str | Path,
        *,
        beside: "Sequence[Run]" = (),
        format: str | None = None,  # noqa: A002 (as the option is called)
        data_dir: Place | None = None,
        offline: bool = False,
    ) -> Path:
        """Write a report of the run, or of several, and return its path.

        >>> run.report("report.html")
        >>> run.report("runs.html", beside=[older])

        Args:
            file: the file to write.
            beside: other runs, for a report of all of them; of those that can be compared,
                each later one is compared with the first.
            format: `html`, `md`, `csv`, `json` or `latex`; by default what the file's name ends in.
            data_dir: where the data set's files are, to draw digits.
            offline: never download them.

        Raises:
            UsageError: the file cannot be written, there is no such format, or the format is for
                one run.
        """
        from digitbench.workflows.files import check_writable, write_file
        from digitbench.workflows.report import ReportData, write_report

        target = Path(file)
        chosen = _format(target, format)
        check_writable(target)
        runs = {run.path: run.record for run in (self, *beside)}
        data = ReportData(data_dir=place("data_dir", data_dir), offline=offline)
        with messages_shown() as messages:
            text = write_report(runs, chosen, messages, data)
        write_file(target, text)
        return target

    def resume(
        self,
        models: Models | None = None,
        *,
        retry_failed: bool = False,
        **settings: Any,
    ) -> "Run":
        """Run what is missing of an interrupted run, or more trials or models; return the run.

        >>> run = run.resume(trials=10)

        Args:
            models: more models, as for `digitbench.run`; or the Python objects that the run's
                models were made of, if this is another session. Changed code is refused.
            retry_failed: run the trials that failed again.
            **settings: what is to be different, as for `digitbench.run`.

        Raises:
            UsageError: the run cannot be completed as it was begun.
        """
        from digitbench.api.running import resume

        return resume(self, models, retry_failed=retry_failed, **settings)

    def test(
        self,
        test_sets: str | Sequence[str],
        *,
        data_dir: Place | None = None,
        offline: bool = False,
        plugin_files: Sequence[Place] = (),
    ) -> "Run":
        """Try the run's kept models on further test sets, store what they give; return the run.

        >>> run = run.test("fresh,corruptions[severity=3]")

        Trials whose model was not kept are left out, with a warning.

        Args:
            test_sets: the sets, as for `digitbench.run`.
            data_dir: the directory of the run's data; by default the one it was made with.
            offline: never download.
            plugin_files: single-file plugins, besides those of the run.

        Raises:
            UsageError: there is no such set, or no trial can be tried on one.
        """
        from digitbench.api.running import add_sets

        return add_sets(
            *(self, test_sets),
            data_dir=data_dir,
            offline=offline,
            plugin_files=plugin_files,
        )

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Draw each trial's accuracy with the interval of each mean; of a sweep, over its option.

        >>> run.plot()

        Raises:
            UsageError: no trial succeeded, or matplotlib is not installed.
        """
        return plot(self.record, axes)

    def choose(self, *metrics: str, **limits: str) -> Shown:
        """Choose the most accurate model within limits, and say why each other one is not it.

        >>> run.choose("macro_f1=0.9", max_latency="1ms", max_size="1MB")

        Args:
            *metrics: limits of any metric, that of a plugin too, as for `--limit`.
            **limits: `max_latency`, `max_size`, `max_memory`, `max_fit` and `max_predict`, as for
                `digitbench choose`.

        Raises:
            UsageError: there is no such limit, or it cannot be read.
        """
        from digitbench.api.views import choice

        return choice(self.record, limits, metrics)

    def writers(self, models: str | None = None, *, writers: int = 5, images: int = 4) -> Shown:
        """Show who is misread: the errors by writer, or whatever the test images are grouped by.

        >>> run.writers("cnn,svm")

        Args:
            models: models to show; of two, the writers on which they differ most.
            writers: how many are shown one by one.
            images: how many digits of each are drawn.

        Raises:
            UsageError: there is no such model, or no groups are known.
        """
        from digitbench.api.views import misread_groups
        from digitbench.workflows.writers import errors_by_group

        errors = errors_by_group(self.record, models)
        drawn = self._images() if writers and images else None
        named = models is not None
        return misread_groups(errors, drawn, writers=writers, digits=images, named=named)

    def baseline(self, file: str | Path) -> Path:
        """Write the run as a baseline for `digitbench.check`, and return the file's path.

        >>> run.baseline("baseline.json")

        Raises:
            UsageError: it cannot be written, or the run makes no baseline.
        """
        from digitbench.workflows.baseline import baseline_of
        from digitbench.workflows.files import write_file

        write_file(Path(file), baseline_of(self.record)[1])
        return Path(file)

    def export(self, to: str, destination: str | None = None) -> str:
        """Copy the run to another tool; return one line that says where it went.

        >>> run.export("mlflow")

        Args:
            to: the exporter's name.
            destination: where it is to put the run; None for where its own settings say.

        Raises:
            UsageError: there is no such exporter.
        """
        from digitbench.workflows.export import export

        with messages_shown() as messages:
            return export(self.record, to, destination, (), messages)

    def _shown(self, console: Console) -> RenderableType:
        """Return what a run comes to, as the terminal shows it."""
        found = overview(self.record, console)
        if not self.record.plan.test_sets:
            return found
        return Group(found, sets_overview(self.record, console))

    def _images(self) -> Images | None:
        with messages_shown() as messages:
            return load_test_images(
                self.record, data_dir=place("data_dir"), offline=False, messages=messages
            )

    def _outcomes(self, model: str) -> Outcomes:
        """Return the outcomes of a model that has a trial which succeeded."""
        found = chosen_models(self.record, model)
        if len(found) > 1:
            raise UsageError(f"{model} names several models: name one of {', '.join(self.models)}")
        return found[0]

    def _side(self, text: str) -> str:
        """Return a side of a comparison as the command line takes it."""
        if text not in self.models:
            with suppress(UsageError, OSError):
                return str(find_run(self.path.parent, text.rpartition(":")[0] or text)) and text
        return f"{self.path}:{text}"


def _format(target: Path, name: str | None) -> str:
    """Return the format of a report: the one that is named, or what the file's name ends in."""
    found = known(name) if name is not None else of_suffix(target.suffix.lower())
    if found is None:
        raise UsageError(f"{target.name} says no format; there are: {', '.join(FORMATS)}")
    return found
