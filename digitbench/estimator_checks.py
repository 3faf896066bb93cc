"""What scikit-learn's compiled code takes on trust, checked in an estimator that was loaded.

Its loops over trees, neighbours and support vectors use numbers of the estimator as places in
memory, unchecked: a made-up file could bring the process down, or worse.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench.errors import KeptModelError

_NUM_PIXELS = 28 * 28
_LEAF = -1


def check_estimator(estimator: Any) -> None:
    """Check an estimator and all within it.

    Raises:
        KeptModelError: it could not predict without harm.
    """
    from scipy.sparse import issparse

    for part in _parts(estimator):
        if issparse(part):
            raise KeptModelError("it holds a sparse matrix, whose indices may lead anywhere")
        kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(part).__mro__}
        for name in kinds & _CHECKS.keys():
            if not _CHECKS[name](part):
                raise KeptModelError(f"the numbers in a {type(part).__name__} do not go together")


def _parts(whole: Any) -> Iterator[Any]:
    """Yield an object and all that can be reached from it, each once."""
    seen: dict[int, Any] = {}
    waiting = [whole]
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, type):
            continue
        seen[id(part)] = part
        yield part
        if isinstance(part, Mapping):
            waiting += [*part.keys(), *part.values()]
        elif isinstance(part, list | tuple | set | frozenset):
            waiting += part
        elif isinstance(part, np.ndarray):
            waiting += part.ravel().tolist() if part.dtype == object else ()
        else:
            waiting += getattr(part, "__dict__", {}).values()


def _leads_down(children: NDArray[Any], nodes: NDArray[Any], count: int) -> bool:
    """Tell whether nodes have children further on, so that every way ends in a leaf."""
    return bool((children > nodes).all() and (children < count).all())


def _tree_is_sound(tree: Any) -> bool:
    if tree.node_count != tree.capacity or tree.node_count < 1:
        return False
    left, right = tree.children_left, tree.children_right
    inner = np.flatnonzero(left != _LEAF)
    feature = tree.feature[inner]
    return (
        _leads_down(left[inner], inner, len(left))
        and _leads_down(right[inner], inner, len(left))
        and bool((feature >= 0).all() and (feature < _NUM_PIXELS).all())
    )


def _predictor_is_sound(predictor: Any) -> bool:
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE

    nodes = predictor.nodes
    if not isinstance(nodes, np.ndarray) or nodes.dtype != PREDICTOR_RECORD_DTYPE:
        return False
    if nodes.ndim != 1 or not len(nodes) or nodes["is_categorical"].any():
        return False
    inner = np.flatnonzero(nodes["is_leaf"] == 0)
    feature = nodes["feature_idx"][inner]
    return (
        _leads_down(nodes["left"][inner].astype(np.int64), inner, len(nodes))
        and _leads_down(nodes["right"][inner].astype(np.int64), inner, len(nodes))
        and bool((feature >= 0).all() and (feature < _NUM_PIXELS).all())
    )


def _boosting_is_sound(boosting: Any) -> bool:
    from sklearn.dummy import DummyClassifier

    if boosting.init_ != "zero" and type(boosting.init_) is not DummyClassifier:
        return False
    sums = boosting._raw_predict_init(np.zeros((1, _NUM_PIXELS), np.float32))
    return bool(
        boosting.estimators_.ndim == sums.ndim and len(boosting.estimators_[0]) == sums.size
    )


def _machine_is_sound(machine: Any) -> bool:
    counts, vectors = machine._n_support, machine.support_vectors_
    k, n = len(counts), len(vectors)
    duels = (k * (k - 1) // 2,)
    return bool(
        isinstance(machine.kernel, str)
        and machine.kernel != "precomputed"
        and not machine._sparse
        and len(machine.classes_) == k
        and counts.shape == (k,)
        and vectors.shape == (n, _NUM_PIXELS)
        and (counts >= 0).all()
        and (counts <= n).all()
        and counts.astype(np.int64).sum() == n
        and machine.support_.shape == (n,)
        and machine._dual_coef_.shape == (k - 1, n)
        and machine._intercept_.shape == duels
        and machine._probA.shape in {(0,), duels}
        and machine._probB.shape == machine._probA.shape
    )


def _neighbours_are_sound(search: Any) -> bool:
    fitted = search._fit_X
    if search._fit_method != "brute" or not isinstance(fitted, np.ndarray):
        return False
    if fitted.ndim != 2 or fitted.shape[1] != _NUM_PIXELS:  # noqa: PLR2004 - rows and columns
        return False
    if not hasattr(search, "classes_"):
        return True
    labels = search._y
    return bool(
        isinstance(search.classes_, np.ndarray)
        and labels.dtype.kind in "iu"
        and labels.shape == (len(fitted),)
        and (labels >= 0).all()
        and (labels < len(search.classes_)).all()
    )


_CHECKS: Mapping[str, Callable[[Any], bool]] = MappingProxyType(
    {
        "sklearn.tree._tree.Tree": _tree_is_sound,
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor": _predictor_is_sound,
        "sklearn.ensemble._gb.BaseGradientBoosting": _boosting_is_sound,
        "sklearn.svm._base.BaseLibSVM": _machine_is_sound,
        "sklearn.neighbors._base.NeighborsBase": _neighbours_are_sound,
    }
)

CHECKED_TYPES = (
    "sklearn.tree._tree.Tree",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
"""Types that are safe once they are checked here; skops, which does not, trusts them not."""
