"""Tells one state of a class, function or object from another, wherever its code was written.

What is hashed is what Python compiled the code to, with the functions, classes and values that it
refers to. So a cell of a notebook, which is no file, does as well, and a comment changes nothing.
"""

import dis
import hashlib
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbench.source_hash import source_hash
from digitbench.types import ModelSpec
from digitbench.types.models import PYTHON_FAMILY

_PLAIN = (type(None), bool, int, float, complex, str, type(Ellipsis), type(NotImplemented))
_NOT_CODE = ("__dict__", "__weakref__", "__module__", "__doc__", "__firstlineno__", "__pydantic_")
"""How members of a class begin that say nothing of what it does, or not the same each time."""
_INSTALLED = {"site-packages", "dist-packages"}


def model_source_hash(spec: ModelSpec) -> str | None:
    """Hash the source that a model's results depend on; None where it cannot be found.

    It is that of the package `build` is in, and of the one `ModelSpec.source` is in. Of a model
    that is given as a Python object, it is that of the object's own code.
    """
    if spec.name.startswith(f"{PYTHON_FAMILY}:"):
        return code_hash(spec.source)
    own = source_hash(spec.build)
    if spec.source is None or own is None:
        return own
    other = source_hash(spec.source)
    return other and hashlib.sha256(f"{own}{other}".encode()).hexdigest()


def code_hash(value: object) -> str:
    """Return the SHA-256, in hexadecimal, of what a value does and holds.

    Equal code and values give the same hash in every process of the same version of Python. A
    change of what the code refers to by name (a function, a base class, a constant) gives another
    one. So does a changed file of a package that is not installed, or another version of one that
    is.

    Args:
        value: such as a class from a cell of a notebook, or an estimator with its parameters.
    """
    digest = hashlib.sha256()
    for part in _parts(value, {}):
        digest.update(f"{len(part)}:{part}".encode(errors="surrogatepass"))
    return digest.hexdigest()


def is_importable(value: object) -> bool:
    """Tell whether another process can import a class or function under its own name."""
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    if module is None or module.__name__ == "__main__" or module.__spec__ is None:
        return False
    found: object = module
    for name in getattr(value, "__qualname__", "").split("."):
        found = getattr(found, name, None)
    return found is value


def _parts(value: object, seen: dict[int, object]) -> Iterator[str]:
    """Yield texts that tell a value from others.

    Args:
        value: any.
        seen: what was met before, by its `id`; it is kept, so that nothing else gets that.
    """
    if isinstance(value, _PLAIN):
        yield f"{type(value).__name__} {value!r}"
        return
    if not isinstance(value, tuple | CodeType):  # of which equal ones may be one, or several
        if id(value) in seen:
            yield f"again {list(seen).index(id(value))}"
            return
        seen[id(value)] = value
    yield type(value).__qualname__
    if isinstance(value, bytes | bytearray):
        yield hashlib.sha256(value).hexdigest()
    elif isinstance(value, frozenset | set):
        yield from sorted(" ".join(_parts(part, dict(seen))) for part in value)
    elif isinstance(value, ModuleType):
        yield from _package(value)
    elif isinstance(value, type | FunctionType) and is_importable(value):
        yield f"{value.__module__}.{value.__qualname__}"
        yield from _package(sys.modules[value.__module__])
    else:
        for part in _inside(value):
            yield from _parts(part, seen)
    yield "end"


def _inside(value: object) -> Iterable[object]:
    """Return what a value is made of."""
    for kind, parts in _PARTS:
        if isinstance(value, kind):
            return parts(value)
    return _of_object(value)


def _of_function(function: FunctionType) -> Iterator[object]:
    """Yield a function's code, its defaults, and what it refers to."""
    yield from (function.__code__, function.__defaults__, function.__kwdefaults__)
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # nothing is in it yet
            yield None
    for name in sorted(set(_global_names(function.__code__))):
        if name in function.__globals__:
            yield from (name, function.__globals__[name])


def _global_names(code: CodeType) -> Iterator[str]:
    """Yield the global names that code, and the functions within it, look up."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _global_names(constant)


def _of_object(value: object) -> Iterator[object]:
    """Yield how a copy of an object would be made, as `copy` and `pickle` ask for it."""
    try:
        reduced = value.__reduce_ex__(4)
    except Exception:  # it cannot be copied, such as a lock: its type is all there is to say
        yield type(value)
        return
    for part in (reduced,) if isinstance(reduced, str) else reduced:
        yield list(part) if isinstance(part, Iterator) else part


def _package(module: ModuleType) -> Iterator[str]:
    """Yield what tells one state of a module's package from another."""
    yield module.__name__
    top = sys.modules.get(module.__name__.partition(".")[0], module)
    yield str(getattr(top, "__version__", ""))
    file = getattr(module, "__file__", None)
    if file is not None and not _is_installed(Path(file)):
        yield source_hash(module) or ""


def _is_installed(file: Path) -> bool:
    return bool(_INSTALLED & {*file.parts}) or file.is_relative_to(sysconfig.get_path("stdlib"))


def _of_class(kind: type) -> tuple[object, ...]:
    members = {k: v for k, v in vars(kind).items() if not k.startswith(_NOT_CODE)}
    return kind.__name__, kind.__bases__, members, getattr(kind, "__pydantic_fields__", None)


def _of_array(array: NDArray[Any]) -> tuple[object, ...]:
    values = array.tolist() if array.dtype == object else array.tobytes()
    return array.dtype.str, array.shape, values


_PARTS: tuple[tuple[Any, Callable[[Any], Iterable[object]]], ...] = (
    (tuple | list, iter),
    (dict, lambda mapping: chain.from_iterable(mapping.items())),
    (CodeType, lambda code: (code.co_code, code.co_consts, code.co_names, code.co_varnames)),
    (FunctionType, _of_function),
    (type, _of_class),
    (MethodType, lambda method: (method.__func__, method.__self__)),
    (staticmethod | classmethod, lambda method: (method.__func__,)),
    (property, lambda found: (found.fget, found.fset, found.fdel)),
    (partial, lambda call: (call.func, call.args, call.keywords)),
    (np.ndarray, _of_array),
)
"""What values of a kind are made of; the first kind that fits counts."""
