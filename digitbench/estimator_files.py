"""Fitted estimators with scikit-learn's interface as files, in the format of skops.

Such a file holds data and the names of types, and nothing that runs. Only types that are known to
do no harm when they are made of strange data are made: what skops trusts, what is listed here, and
the estimator's own class. skops asks no more of a file than that; what else could bring the process
down is asked here and in `digitbench.estimator_checks`.
"""

import io
import zipfile
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from digitbench.errors import KeptModelError, one_line
from digitbench.estimator_checks import CHECKED_TYPES, check_estimator

_TRUSTED = (
    *CHECKED_TYPES,
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.gaussian_process.kernels.ConstantKernel",
    "sklearn.gaussian_process.kernels.Product",
    "sklearn.gaussian_process.kernels.RBF",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
)
"""Inner types of scikit-learn's classifiers, besides those that skops trusts."""

_TRUSTED_OF_PACKAGE = MappingProxyType(
    {
        "lightgbm": ("lightgbm.basic.Booster", "collections.OrderedDict"),
        "xgboost": ("xgboost.core.Booster",),
    }
)
"""Inner types of other packages, where the model itself is of that package."""

_MOST_BYTES = 500_000_000
"""Of all that a file holds, unpacked."""
_MOST_SCHEMA_BYTES = 32_000_000
"""Of what says which objects there are; in memory it takes many times that."""
_SCHEMA = "schema.json"
_PACKED_IN_PIECES = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""What zipfile unpacks no further than it is asked to."""
_PIECE_BYTES = 1 << 20


def save_estimator(estimator: Any, file: Path) -> None:
    """Write a fitted estimator to a file, from which `load_estimator` makes it again.

    Raises:
        KeptModelError: it holds an object that such a file cannot hold, or of a type that is not
            trusted.
    """
    import skops.io

    name = type(estimator).__name__
    try:
        content = skops.io.dumps(estimator, compression=zipfile.ZIP_DEFLATED, compresslevel=1)
        untrusted = {*skops.io.get_untrusted_types(data=content)} - {*_trusted(type(estimator))}
    except Exception as error:  # whatever the objects in it make of being asked for their state
        raise KeptModelError(f"{name} cannot be saved: {one_line(error)}") from error
    if untrusted:
        raise KeptModelError(
            f"{name} cannot be saved: it holds {', '.join(sorted(untrusted))}, and only types of "
            "scikit-learn and NumPy that can be checked are loaded again"
        )
    file.write_bytes(content)


def load_estimator(file: Path, kind: type) -> Any:
    """Make the estimator that `save_estimator` wrote.

    Args:
        file: the file, which may come from anywhere.
        kind: the class of the estimator that it is to be.

    Raises:
        KeptModelError: it is damaged, too large, holds a type that is not trusted, or another
            estimator.
    """
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    content = _unpacked(file)
    try:
        found = skops.io.loads(content, trusted=_trusted(kind))
        if type(found) is not kind:
            raise KeptModelError(f"{file} holds a {type(found).__name__}, not a {kind.__name__}")
        check_estimator(found)
    except KeptModelError as error:
        raise KeptModelError(f"{file} is refused: {error}") from error
    except UntrustedTypesFoundException as error:
        raise KeptModelError(f"{file} is refused: {str(error).splitlines()[0]}") from error
    except Exception as error:  # what is wrong with its objects shows in whatever way it does
        raise KeptModelError(f"{file} is damaged: {one_line(error)}") from error
    return found


def _trusted(kind: type) -> list[str]:
    """Return the types that a file of an estimator may hold, besides those that skops trusts."""
    package = kind.__module__.partition(".")[0]
    own = f"{kind.__module__}.{kind.__qualname__}"
    return [own, *_TRUSTED, *_TRUSTED_OF_PACKAGE.get(package, ())]


def _unpacked(file: Path) -> bytes:
    """Return the same archive without compression.

    Archives can be made to unpack to far more than they say; here no more is unpacked than may be,
    piece by piece.

    Raises:
        KeptModelError: it is damaged, or too large.
    """
    unpacked = io.BytesIO()
    left = _MOST_BYTES
    try:
        with zipfile.ZipFile(file) as packed, zipfile.ZipFile(unpacked, "w") as plain:
            for member in _members(packed):
                name = member.filename
                most = min(left, _MOST_SCHEMA_BYTES) if name == _SCHEMA else left
                with packed.open(member) as source, plain.open(name, "w") as target:
                    left -= _copied(source, target, most)
    except OSError as error:
        raise KeptModelError(f"cannot read {file}: {error.strerror}") from error
    except KeptModelError as error:
        raise KeptModelError(f"{file} is refused: {error}") from error
    except Exception as error:  # zipfile and zlib raise many kinds
        raise KeptModelError(f"{file} is damaged: {one_line(error)}") from error
    return unpacked.getvalue()


def _members(packed: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the members of an archive.

    Raises:
        KeptModelError: there are two of one name, or one is packed in a way that cannot be undone
            piece by piece.
    """
    members = packed.infolist()
    if len({member.filename for member in members}) < len(members):
        raise KeptModelError("it has two members of one name")
    if any(member.compress_type not in _PACKED_IN_PIECES for member in members):
        raise KeptModelError("it is packed in another way than skops packs")
    return members


def _copied(source: IO[bytes], target: IO[bytes], most: int) -> int:
    """Copy a member of an archive and return its size in bytes.

    Raises:
        KeptModelError: it is larger than it may be.
    """
    size = 0
    while piece := source.read(_PIECE_BYTES):
        size += len(piece)
        if size > most:
            raise KeptModelError("unpacked it is larger than any estimator that is kept")
        target.write(piece)
    return size
