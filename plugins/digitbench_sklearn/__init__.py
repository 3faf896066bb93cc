"""Classical classifiers of scikit-learn on the pixels: the models `svm` and `knn`."""

from collections.abc import Iterable
from typing import Literal

from pydantic import Field, PositiveFloat, PositiveInt

from digitbench import BuildContext, Classifier, ModelOptions, ModelSpec, hookimpl

Backend = Literal["auto", "sklearnex", "sklearn"]

BACKEND_HELP = (
    "sklearn: scikit-learn itself; sklearnex: its accelerated twin, scikit-learn-intelex; "
    "auto: sklearnex where it is installed, else sklearn"
)


class SvmOptions(ModelOptions):
    """Options of the support vector machine."""

    C: PositiveFloat = Field(5.0, description="penalty of a training image on the wrong side")
    gamma: PositiveFloat = Field(
        0.02, description="narrowness of the RBF kernel exp(-gamma |x - y|^2), pixels from 0 to 1"
    )
    backend: Backend = Field("auto", description=BACKEND_HELP)
    cache_mb: PositiveInt = Field(500, description="memory for kernel values while fitting, in MB")
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
    backend: Backend = Field("auto", description=BACKEND_HELP)


def build_svm(options: SvmOptions, context: BuildContext) -> Classifier:
    """Make an unfitted support vector machine."""
    from digitbench_sklearn.svm import CalibratedSvmClassifier, SvmClassifier

    kind = CalibratedSvmClassifier if options.probability else SvmClassifier
    return kind(options, context)


def build_knn(options: KnnOptions, context: BuildContext) -> Classifier:
    """Make an unfitted nearest-neighbours classifier."""
    from digitbench_sklearn.knn import KnnClassifier

    return KnnClassifier(options, context)


@hookimpl
def digitbench_models() -> Iterable[ModelSpec]:
    """Offer `svm` and `knn`."""
    return [
        ModelSpec(
            name="svm",
            summary="Support vector machine with an RBF kernel (scikit-learn)",
            build=build_svm,
            options=SvmOptions,
            deterministic=True,
        ),
        ModelSpec(
            name="knn",
            summary="Exact k nearest neighbours, Euclidean distance (scikit-learn)",
            build=build_knn,
            options=KnnOptions,
            deterministic=True,
        ),
    ]
