"""The built-in models with options that fit in an instant."""

from typing import Any

import digitbench_cnn
import digitbench_sklearn
import digitbench_softmax
from digitbench import BuildContext, ModelSpec, Split
from digitbench.types import available_cpus

MODELS: dict[str, dict[str, Any]] = {
    "softmax": {"recipe": "paper", "iterations": 50},
    "softmax[deskew=true]": {"deskew": True},
    "cnn": {"iterations": 12},
    "cnn[recipe=paper]": {"recipe": "paper", "iterations": 6},
    "cnn[recipe=robust]": {
        "recipe": "robust",
        "precision": "bfloat16",
        "iterations": 6,
        "filters": "4/8/8",
    },
    "svm": {},
    "svm[backend=sklearn]": {"backend": "sklearn", "deskew": True},
    "svm[probability=true]": {"probability": True},
    "knn": {},
    "knn[deskew=true]": {"deskew": True, "k": 5, "weights": "distance"},
    "knn[backend=sklearn]": {"backend": "sklearn", "deskew": True},
    "knn[backend=sklearnex]": {"backend": "sklearnex", "weights": "distance"},
    "sklearn:ensemble.ExtraTreesClassifier": {"n_estimators": 10},
    "sklearn:linear_model.RidgeClassifier": {},
    "estimator:sklearn.svm.SVC": {"C": 2.0},
}

FAMILIES = {
    "sklearn": digitbench_sklearn.resolve_sklearn,
    "estimator": digitbench_sklearn.resolve_estimator,
}


def spec_of(label: str) -> ModelSpec:
    """Return the model of a label of `MODELS`."""
    name = label.partition("[")[0]
    family, colon, member = name.partition(":")
    if colon:
        return FAMILIES[family](member)
    packages = (digitbench_softmax, digitbench_cnn, digitbench_sklearn)
    offered: list[ModelSpec] = [
        spec for package in packages for spec in package.digitbench_models()
    ]
    return next(spec for spec in offered if spec.name == name)


def fitted(label: str, train: Split) -> Any:
    """Return the classifier of a label of `MODELS`, fitted."""
    spec = spec_of(label)
    context = BuildContext(seed=3, threads=available_cpus())
    classifier = spec.build(spec.options(**MODELS[label]), context)
    classifier.fit(train, None)
    return classifier
