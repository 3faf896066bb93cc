"""Estimators as files: what comes back, and what is refused before it can do harm."""

import functools
import io
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from scipy.sparse import csr_matrix
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from digitbench import KeptModelError
from digitbench.estimator_files import load_estimator, save_estimator

ESTIMATORS: dict[str, Callable[[], Any]] = {
    "trees": lambda: ExtraTreesClassifier(4, random_state=1),
    "boosting": lambda: GradientBoostingClassifier(n_estimators=2, max_depth=2, random_state=1),
    "histograms": lambda: HistGradientBoostingClassifier(
        max_iter=2, min_samples_leaf=1, random_state=1
    ),
    "machine": SVC,
    "neighbours": KNeighborsClassifier,
    "line": LogisticRegression,
    "layers": lambda: MLPClassifier((8,), max_iter=500, tol=0.1, random_state=1),
}


@functools.cache
def pixels() -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(3), 8)
    return rng.random((24, 784), np.float32) + labels[:, None] / 2, labels


def fitted(name: str) -> Any:
    with threadpool_limits(1):  # on busy processors OpenMP's threads wait for each other
        return ESTIMATORS[name]().fit(*pixels())


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_estimator_comes_back_and_predicts_the_same(name: str, tmp_path: Path) -> None:
    estimator = fitted(name)
    save_estimator(estimator, tmp_path / "file")
    loaded = load_estimator(tmp_path / "file", type(estimator))
    images, _ = pixels()
    say = "decision_function" if name == "machine" else "predict_proba"
    np.testing.assert_array_equal(getattr(loaded, say)(images), getattr(estimator, say)(images))


class Stranger:
    """A type of no library."""

    def __reduce__(self) -> Any:
        return (os.mkdir, ("made by the file",))


def test_an_estimator_with_a_type_that_is_not_trusted_is_not_saved(tmp_path: Path) -> None:
    estimator = fitted("line")
    estimator.more = np.random.RandomState
    with pytest.raises(KeptModelError, match=r"cannot be saved: it holds .*RandomState"):
        save_estimator(estimator, tmp_path / "file")
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (functools.partial(os.mkdir, "made by the file"), "posix.mkdir"),
        (os.system, "posix.system"),
        (Stranger, "Stranger"),
        ([1, {"deep": (eval,)}], "builtins.eval"),
    ],
)
def test_a_type_that_is_not_trusted_is_refused_by_its_name(
    value: object, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    estimator = fitted("line")
    estimator.coef_ = value
    skops.io.dump(estimator, tmp_path / "file")
    with pytest.raises(KeptModelError, match=rf"is refused: Untrusted types .*{name}") as refused:
        load_estimator(tmp_path / "file", LogisticRegression)
    assert len(str(refused.value).splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_another_estimator_is_refused(tmp_path: Path) -> None:
    save_estimator(fitted("line"), tmp_path / "file")
    with pytest.raises(KeptModelError, match="holds a LogisticRegression, not a SVC"):
        load_estimator(tmp_path / "file", SVC)


def changed(member: str, value: Any) -> Callable[[Any], None]:
    """Return what sets a member of an estimator, or of an object within it.

    A value that is made by fitting is given as what makes it.
    """

    def change(estimator: Any) -> None:
        *path, last = member.split(".")
        target = estimator
        for name in path:
            target = target[int(name)] if name.isdigit() else getattr(target, name)
        if isinstance(target, np.ndarray):
            target[int(last) if last.isdigit() else last] = value
        else:
            setattr(target, last, value() if callable(value) else value)

    return change


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("trees", changed("estimators_.0.tree_.children_left.0", 10**12)),
        ("trees", changed("estimators_.3.tree_.children_right.0", -7)),
        ("trees", changed("estimators_.3.tree_.children_right.0", 0)),
        ("trees", changed("estimators_.1.tree_.feature.0", 784)),
        ("trees", changed("estimators_.1.tree_.feature.0", -1)),
        ("boosting", changed("estimators_", lambda: np.tile(fitted("boosting").estimators_, 3))),
        ("boosting", changed("init_", lambda: fitted("line"))),
        ("histograms", changed("_predictors.0.0.nodes.left", 10**9)),
        ("histograms", changed("_predictors.0.0.nodes.feature_idx", 10**9)),
        ("histograms", changed("_predictors.1.1.nodes.is_categorical", 1)),
        ("histograms", changed("_predictors.0.0.nodes", np.zeros(3))),
        ("machine", changed("_n_support", np.array([1, 1, 10**6], np.int32))),
        ("machine", changed("_dual_coef_", np.ones((1, 2)))),
        ("machine", changed("_intercept_", np.ones(1))),
        ("machine", changed("kernel", "precomputed")),
        ("machine", changed("support_vectors_", np.ones((24, 3)))),
        ("neighbours", changed("_y", np.full(24, 10**9))),
        ("neighbours", changed("_y", np.zeros(23, np.int64))),
        ("neighbours", changed("_fit_method", "kd_tree")),
        ("line", changed("coef_", csr_matrix(np.eye(3)))),
    ],
)
def test_numbers_that_compiled_code_would_take_on_trust_are_checked(
    name: str, change: Callable[[Any], None], tmp_path: Path
) -> None:
    estimator = fitted(name)
    change(estimator)
    skops.io.dump(estimator, tmp_path / "file")
    with pytest.raises(KeptModelError, match=r"do not go together|Untrusted.*csr_matrix|to dtype"):
        load_estimator(tmp_path / "file", type(estimator))


def archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as made:
        for name, content in members:
            made.writestr(name, content)
    return buffer.getvalue()


def bomb() -> bytes:
    """Return a small archive that unpacks to 600 MB, and says so."""
    return archive(*((f"{number}.npy", bytes(60_000_000)) for number in range(10)))


def sly_bomb() -> bytes:
    """Return a small archive that unpacks to 600 MB, and says that it is 10 bytes."""
    made = archive(("schema.json", bytes(600_000_000)))
    return made.replace(struct.pack("<I", 600_000_000), struct.pack("<I", 10))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: b"", "is damaged"),
        (lambda: b"PK\x03\x04 and no more", "is damaged"),
        (lambda: archive(("other", b"")), "is damaged"),
        (lambda: archive(("schema.json", b"{}")), "is damaged"),
        (lambda: archive(("schema.json", b"[" * 100_000)), "is damaged"),
        (lambda: archive(("schema.json", b'{"protocol": 99}')), "protocol 99"),
        (lambda: archive(("schema.json", b"{}"), method=zipfile.ZIP_LZMA), "another way"),
        (lambda: archive(("schema.json", b"{}"), method=zipfile.ZIP_BZIP2), "another way"),
        (lambda: archive(("schema.json", b" " * 33_000_000)), "unpacked it is larger"),
        pytest.param(bomb, "unpacked it is larger", marks=pytest.mark.slow),
        pytest.param(sly_bomb, "is damaged", marks=pytest.mark.slow),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(
    content: Callable[[], bytes], message: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(content())
    with pytest.raises(KeptModelError, match=message) as refused:
        load_estimator(tmp_path / "file", LogisticRegression)
    assert len(str(refused.value).splitlines()) == 1


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        (tmp_path / "file").write_bytes(archive(("schema.json", b"{}"), ("schema.json", b"{}")))
    with pytest.raises(KeptModelError, match="two members of one name"):
        load_estimator(tmp_path / "file", LogisticRegression)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(KeptModelError, match=r"cannot read .*nothing: No such file"):
        load_estimator(tmp_path / "nothing", LogisticRegression)
