"""What is on the page: a record of records, in the order of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digitbench.analysis.calibration import Calibration
from digitbench.analysis.classes import class_figures
from digitbench.analysis.comparison import Comparison
from digitbench.analysis.images import run_images
from digitbench.analysis.outcomes import outcomes
from digitbench.analysis.sequential import compare_run
from digitbench.metrics import NOTHING_COMPUTED, Computed, Metric, View, shown
from digitbench.report import formatting
from digitbench.report.data_title import dataset_title
from digitbench.report.headline import Headline, headline, place_words
from digitbench.report.metrics_table import metric_cells, metric_headings
from digitbench.report.page.calibration_plot import Reliability, reliabilities
from digitbench.report.page.classes_table import ClassesTable, classes_table
from digitbench.report.page.confusion import Confusion, confusion
from digitbench.report.page.costs_plot import CostPlot, cost_plots
from digitbench.report.page.curves_plot import CurvePlot, curve_notes, curve_plots
from digitbench.report.page.gallery import Differences, Galleries, differences, galleries
from digitbench.report.page.misread import MisreadSection, misread_section
from digitbench.report.page.models import Model, models_of
from digitbench.report.page.notes import notes
from digitbench.report.page.pairs_table import PairField, PairRow, pair_matrix, pair_rows
from digitbench.report.page.provenance import Provenance, provenance
from digitbench.report.page.ranking import RankingRow, ranking
from digitbench.report.page.sentences import differences_sentence, mistakes_sentence
from digitbench.report.page.sprite import Sprite
from digitbench.report.page.test_sets import SetsSection, sets_section
from digitbench.report.page.trials_plot import TrialsPlot, trials_plot
from digitbench.report.populations import NEW_DIGITS, population_of
from digitbench.types import RunRecord, TrialResult


@dataclass(frozen=True)
class MetricCell:
    """A metric of a model: its mean, None if there is none, and how it is written."""

    value: float | None
    text: str


@dataclass(frozen=True, eq=False)
class ComparedModels:
    """What there is to say if some trial succeeded.

    Attributes:
        headline: who is best, by how much, how sure, and which to take.
        images: in words, which images the first models miss.
        trials: the accuracies.
        pairs: every two models; empty for one.
        matrix: the same as a table of rows against columns.
        sets: how the models do on further test sets; None if the run has none.
        differences: where the first two differ; None for one model.
        galleries: hard, unstable and disputed images.
        confusions: the confusion matrix of each model.
        classes: how well each tells each digit.
        misread: errors by writer, or whatever groups the test images come in; None if not known.
        metric_headings: of the metrics of plugins; empty if there are none.
        metrics: what they are for each model.
        reliabilities: reliability diagrams, where there are probabilities.
        curves: how models learn, where they tell.
        curve_notes: which trainings diverged.
        costs: accuracy against costs.
    """

    headline: Headline
    images: tuple[str, ...]
    trials: TrialsPlot
    pairs: tuple[PairRow, ...]
    matrix: tuple[tuple[PairField | None, ...], ...]
    sets: SetsSection | None
    differences: Differences | None
    galleries: Galleries
    confusions: tuple[Confusion, ...]
    classes: ClassesTable
    misread: MisreadSection | None
    metric_headings: tuple[str, ...]
    metrics: tuple[tuple[Model, tuple[MetricCell, ...]], ...]
    reliabilities: tuple[Reliability, ...]
    curves: tuple[CurvePlot, ...]
    curve_notes: tuple[str, ...]
    costs: tuple[CostPlot, ...]


@dataclass(frozen=True, eq=False)
class Contents:
    """The page.

    Attributes:
        run: the run's name.
        date: when it began.
        data: which data it used, in words.
        population: what the population claim and intervals are about, such as `new writers`.
        notes: what the figures need to be read rightly.
        models: all models, the best first.
        costs: what the ranking shows beside the accuracy.
        ranking: their rows.
        test_images: how many there are.
        compared: what follows from the trials that succeeded; None if none did.
        failures: the trials that failed.
        provenance: the provenance of the run.
        has_images: whether the test images could be had.
    """

    run: str
    date: str
    data: str
    population: str
    notes: tuple[str, ...]
    models: tuple[Model, ...]
    costs: tuple[Metric, ...]
    ranking: tuple[RankingRow, ...]
    test_images: str
    compared: ComparedModels | None
    failures: tuple[TrialResult, ...]
    provenance: Provenance
    has_images: bool

    @property
    def sections(self) -> tuple[tuple[str, str], ...]:
        """Ids and names of the sections that the page has."""
        found = self.compared
        groups = f"{found.misread.name.capitalize()}s" if found and found.misread else ""
        there = (
            ("summary", "Summary", True),
            ("pairs", "Pairs", found and found.pairs),
            ("sets", "Test sets", found and found.sets),
            ("digits", "Digits", found),
            ("confusion", "Confusion", found),
            ("classes", "Classes", found),
            ("groups", groups, groups),
            ("metrics", "Metrics", found and found.metric_headings),
            ("calibration", "Calibration", found and found.reliabilities),
            ("curves", "Training", found and (found.curves or found.curve_notes)),
            ("costs", "Cost", found and found.costs),
            ("failures", "Failures", self.failures),
            ("provenance", "Provenance", True),
        )
        return tuple((name, text) for name, text, shown in there if shown)


def contents(
    record: RunRecord,
    sprite: Sprite,
    *,
    calibrations: Mapping[str, Calibration | None],
    computed: Computed = NOTHING_COMPUTED,
    labels: Sequence[str] = (),
) -> Contents:
    """Gather what is on the page of a run.

    Args:
        record: the run, read with its predictions.
        sprite: collects the digits that are shown.
        calibrations: as for `report_page`.
        computed: likewise.
        labels: of all models of the page, if there are those of other runs: a model has the same
            colour in all.
    """
    comparison = compare_run(record) if outcomes(record) else None
    models = models_of(record, comparison, computed, labels)
    return Contents(
        run=record.id,
        date=f"{record.started_at:%d %B %Y}",
        data=dataset_title(record.plan.dataset),
        population=population_of(comparison) if comparison else NEW_DIGITS,
        notes=tuple(notes(record, models)),
        models=models,
        costs=shown(View.PAGE),
        ranking=ranking(models, place_words(comparison) if comparison else {}),
        test_images=formatting.count(record.plan.dataset.test_size),
        compared=(
            _compared(record, comparison, models, calibrations, computed, sprite)
            if comparison
            else None
        ),
        failures=record.failed,
        provenance=provenance(record),
        has_images=sprite.has_images,
    )


def _compared(
    record: RunRecord,
    comparison: Comparison,
    models: Sequence[Model],
    calibrations: Mapping[str, Calibration | None],
    computed: Computed,
    sprite: Sprite,
) -> ComparedModels:
    ranked = tuple(model for model in models if model.ranked)
    several = len(ranked) > 1
    found = differences(ranked[0], ranked[1], sprite) if several else None
    pictured = run_images([model.succeeded.outcomes for model in ranked])
    by_class = [class_figures(model.succeeded.outcomes) for model in ranked]
    confusions = tuple(
        confusion(model, figures, sprite) for model, figures in zip(ranked, by_class, strict=True)
    )
    said = [differences_sentence(found)] if found else []
    return ComparedModels(
        headline=headline([model.summary for model in models], comparison),
        images=(*said, mistakes_sentence(confusions[0])),
        trials=trials_plot(ranked),
        pairs=pair_rows(comparison, ranked),
        matrix=pair_matrix(comparison, ranked) if several else (),
        sets=sets_section(record, ranked, sprite),
        differences=found,
        galleries=galleries(pictured, ranked, sprite),
        confusions=confusions,
        classes=classes_table(ranked, by_class),
        misread=misread_section(ranked, sprite),
        metric_headings=tuple(metric_headings(computed)),
        metrics=tuple((model, _metric_cells(model, computed)) for model in ranked),
        reliabilities=reliabilities(ranked, calibrations),
        curves=curve_plots(ranked),
        curve_notes=curve_notes(ranked),
        costs=cost_plots(ranked),
    )


def _metric_cells(model: Model, computed: Computed) -> tuple[MetricCell, ...]:
    spreads = (model.summary.spread(metric) for metric in computed.metrics)
    texts = metric_cells(model.summary, computed.metrics)
    return tuple(
        MetricCell(spread.mean if spread else None, text)
        for spread, text in zip(spreads, texts, strict=True)
    )
