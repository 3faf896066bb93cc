"""Classical classifiers on the pixels: `svm`, `knn`, and any estimator by its path."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from digitbench import (
    BuildContext,
    Classifier,
    ModelFamily,
    ModelOptions,
    ModelSpec,
    hookimpl,
)

if TYPE_CHECKING:
    from digitbench_sklearn.knn import ExactKnnClassifier, LibraryKnnClassifier
    from digitbench_sklearn.svm import SvmClassifier

Backend = Literal["auto", "sklearnex", "sklearn"]
KnnBackend = Literal["auto", "exact", "sklearnex", "sklearn"]

LIBRARIES_HELP = (
    "sklearn: scikit-learn itself; sklearnex: its accelerated twin, scikit-learn-intelex; "
)
DESKEW_HELP = "first set each digit upright and in the middle, by the moments of its ink"


def best_gamma(options: Mapping[str, Any]) -> float:
    """Return the gamma that did best on the last 5,000 training images of MNIST.

    With C at 5: on plain pixels 0.02 had 98.78 % and 0.025 had 98.76 %; on deskewed ones 0.02
    had 99.12 % and 0.03 had 99.28 %.

    Args:
        options: those before `gamma`.
    """
    return 0.03 if options["deskew"] else 0.02


class SvmOptions(ModelOptions):
    """Options of the support vector machine."""

    C: PositiveFloat = Field(5.0, description="penalty of a training image on the wrong side")
    deskew: bool = Field(False, description=DESKEW_HELP)
    gamma: PositiveFloat = Field(
        default_factory=best_gamma,
        description="narrowness of the RBF kernel exp(-gamma |x - y|^2), pixels from 0 to 1; "
        "0.03 if deskew=true",
    )
    backend: Backend = Field(
        "auto",
        description=LIBRARIES_HELP
        + "auto: a solver of our own, the fastest, and where that gives up (a very small C, or "
        "thousands of support vectors in a pair) sklearnex if it is installed, else sklearn",
    )
    cache_mb: PositiveInt = Field(
        500, description="memory for kernel values while fitting, in MB; for each thread in auto"
    )
    probability: bool = Field(
        False,
        description="also give probabilities, calibrated by cross-validation (five more fits)",
    )


class KnnOptions(ModelOptions):
    """Options of the nearest neighbours."""

    k: PositiveInt = Field(3, description="number of neighbours that vote")
    weights: Literal["uniform", "distance"] = Field(
        "uniform", description="uniform: votes count the same; distance: by inverse distance"
    )
    deskew: bool = Field(False, description=DESKEW_HELP)
    backend: KnnBackend = Field(
        "auto",
        description=LIBRARIES_HELP
        + "exact: a search of our own that rounds nothing, and the fastest; auto: exact",
    )


def build_svm(options: SvmOptions, context: BuildContext) -> "SvmClassifier":
    """Make an unfitted support vector machine."""
    from digitbench_sklearn.svm import CalibratedSvmClassifier, SvmClassifier

    kind = CalibratedSvmClassifier if options.probability else SvmClassifier
    return kind(options, context)


def load_svm(directory: Path, options: SvmOptions, context: BuildContext) -> Classifier:
    """Make a support vector machine that was kept."""
    classifier = build_svm(options, context)
    classifier.restore(directory)
    return classifier


def build_knn(
    options: KnnOptions, context: BuildContext
) -> "ExactKnnClassifier | LibraryKnnClassifier":
    """Make an unfitted nearest-neighbours classifier."""
    from digitbench_sklearn.knn import ExactKnnClassifier, LibraryKnnClassifier

    kind = ExactKnnClassifier if options.backend in {"auto", "exact"} else LibraryKnnClassifier
    return kind(options, context)


def load_knn(directory: Path, options: KnnOptions, context: BuildContext) -> Classifier:
    """Make a nearest-neighbours classifier that was kept."""
    classifier = build_knn(options, context)
    classifier.restore(directory)
    return classifier


def export_svm(classifier: "SvmClassifier", file: Path) -> None:
    """Write a fitted support vector machine as a graph of ONNX."""
    from digitbench_sklearn.exports import write_svm

    write_svm(classifier, file)


def export_knn(classifier: "ExactKnnClassifier | LibraryKnnClassifier", file: Path) -> None:
    """Write fitted nearest neighbours as a graph of ONNX."""
    from digitbench_sklearn.exports import write_knn

    write_knn(classifier, file)


@hookimpl
def digitbench_models() -> Iterable[ModelSpec]:
    """Offer `svm` and `knn`."""
    return [
        ModelSpec(
            name="svm",
            summary="Support vector machine with an RBF kernel",
            build=build_svm,
            load=load_svm,
            exports={"onnx": export_svm},
            options=SvmOptions,
            deterministic=True,
        ),
        ModelSpec(
            name="knn",
            summary="Exact k nearest neighbours, Euclidean distance",
            build=build_knn,
            load=load_knn,
            exports={"onnx": export_knn},
            options=KnnOptions,
            deterministic=True,
        ),
    ]


def resolve_sklearn(member: str) -> ModelSpec:
    """Make the model of a class of scikit-learn."""
    from digitbench_sklearn import families

    return families.resolve_sklearn(member)


def resolve_estimator(member: str) -> ModelSpec:
    """Make the model of a class of any package with scikit-learn's interface."""
    from digitbench_sklearn import families

    return families.resolve_estimator(member)


@hookimpl
def digitbench_model_families() -> Iterable[ModelFamily]:
    """Offer scikit-learn's classifiers, and those of packages that are used like it."""
    return [
        ModelFamily(
            name="sklearn",
            summary="a classifier of scikit-learn by its path, such as "
            "sklearn:ensemble.ExtraTreesClassifier[n_estimators=200]",
            resolve=resolve_sklearn,
        ),
        ModelFamily(
            name="estimator",
            summary="a class with scikit-learn's interface from any package, such as "
            "estimator:package.module.Class",
            resolve=resolve_estimator,
        ),
    ]
