"""Kept models that somebody damaged, or made to do harm: what is done to a directory."""

import hashlib
import io
import json
import os
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

Damage = Callable[[Path, np.random.Generator], object]
"""Spoils the directory of a kept model."""

SKOPS = ".skops"
RAN = "code of a kept model has run"
"""The name of a file that code in a kept model would make, in the current directory."""


class Harm:
    """Its pickle makes a file when it is read."""

    def __reduce__(self) -> Any:
        return (os.mkdir, (RAN,))


def files_of(model: Path) -> list[Path]:
    return sorted((model / "files").iterdir())


def some_file(model: Path, random: np.random.Generator) -> Path:
    files = files_of(model)
    return files[random.integers(len(files))]


def record_of(model: Path) -> Any:
    return json.loads((model / "model.json").read_text(encoding="utf-8"))


def write_record(model: Path, record: Any) -> None:
    (model / "model.json").write_text(json.dumps(record), encoding="utf-8")


def sign(model: Path) -> None:
    """Make what the record says of the files true, as an attacker would."""
    record = record_of(model)
    record["files"] = [
        {
            "name": file.name,
            "size": file.stat().st_size,
            "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        }
        for file in files_of(model)
    ]
    write_record(model, record)


def signed(damage: Damage) -> Damage:
    def do(model: Path, random: np.random.Generator) -> None:
        damage(model, random)
        sign(model)

    return do


def flipped(model: Path, random: np.random.Generator) -> None:
    """Flip some bits of a file, mostly of its beginning."""
    file = some_file(model, random)
    content = bytearray(file.read_bytes())
    reach = len(content) if random.random() < 0.5 else min(len(content), 1000)
    for place in random.integers(reach, size=random.integers(1, 9)):
        content[place] ^= 1 << int(random.integers(8))
    file.write_bytes(content)


def truncated(model: Path, random: np.random.Generator) -> None:
    file = some_file(model, random)
    content = file.read_bytes()
    file.write_bytes(content[: random.integers(len(content))])


def spliced(model: Path, random: np.random.Generator) -> None:
    file = some_file(model, random)
    content = file.read_bytes()
    place = int(random.integers(len(content)))
    file.write_bytes(content[:place] + random.bytes(int(random.integers(1, 300))) + content[place:])


def noise(model: Path, random: np.random.Generator) -> None:
    some_file(model, random).write_bytes(random.bytes(int(random.integers(0, 3000))))


def record_flipped(model: Path, random: np.random.Generator) -> None:
    file = model / "model.json"
    content = bytearray(file.read_bytes())
    for place in random.integers(len(content), size=random.integers(1, 5)):
        content[place] ^= 1 << int(random.integers(8))
    file.write_bytes(content)


def record_truncated(model: Path, random: np.random.Generator) -> None:
    file = model / "model.json"
    content = file.read_bytes()
    file.write_bytes(content[: random.integers(len(content))])


def content(data: bytes, model: Path, random: np.random.Generator) -> None:
    """Put something else in the place of a file; of an archive's, where there is one."""
    archives = [file for file in files_of(model) if file.suffix == SKOPS]
    file = archives[0] if archives and data.startswith(b"PK") else some_file(model, random)
    file.write_bytes(data)


def changed(path: str, value: object, model: Path, random: np.random.Generator) -> None:
    """Change a value of the record, which may lie deep in it."""
    record = record_of(model)
    target = record
    *parts, last = path.split(".")
    for part in parts:
        target = target[int(part) if part.isdigit() else part]
    target[int(last) if last.isdigit() else last] = value
    write_record(model, record)


def named(name: str, model: Path, random: np.random.Generator) -> None:
    """Say that a file has another name."""
    changed("files.0.name", name, model, random)


def renamed(name: str, model: Path, random: np.random.Generator) -> None:
    some_file(model, random).rename(model / "files" / name)


def linked(target: str, model: Path, random: np.random.Generator) -> None:
    file = some_file(model, random)
    file.unlink()
    file.symlink_to(target)


def linked_to_itself(model: Path, random: np.random.Generator) -> None:
    """Put a link to a good copy in the place of a file."""
    file = some_file(model, random)
    shutil.copy(file, model / "copy")
    file.unlink()
    file.symlink_to(model / "copy")


def linked_directory(model: Path, random: np.random.Generator) -> None:
    (model / "files").rename(model / "elsewhere")
    (model / "files").symlink_to(model / "elsewhere")


def pipe(model: Path, random: np.random.Generator) -> None:
    file = some_file(model, random)
    file.unlink()
    os.mkfifo(file)


def directory(model: Path, random: np.random.Generator) -> None:
    file = some_file(model, random)
    file.unlink()
    file.mkdir()


def removed(model: Path, random: np.random.Generator) -> None:
    some_file(model, random).unlink()


def added(model: Path, random: np.random.Generator) -> None:
    (model / "files" / "sitecustomize.py").write_text(f"import os; os.mkdir({RAN!r})")


def no_record(model: Path, random: np.random.Generator) -> None:
    (model / "model.json").write_bytes(b"")


def deep_record(model: Path, random: np.random.Generator) -> None:
    (model / "model.json").write_bytes(b"[" * 500_000)


def vast_record(model: Path, random: np.random.Generator) -> None:
    with (model / "model.json").open("wb") as file:
        file.truncate(40_000_000_000)  # no place on disk, but all memory


def vast_file(model: Path, random: np.random.Generator) -> None:
    with some_file(model, random).open("wb") as file:
        file.truncate(40_000_000_000)


def many_files(model: Path, random: np.random.Generator) -> None:
    for number in range(300):
        (model / "files" / f"more-{number}").write_bytes(b"")


def arrays_changed(change: Callable[[dict[str, Any], np.random.Generator], object]) -> Damage:
    """Return what changes the arrays of a file of safetensors."""

    def do(model: Path, random: np.random.Generator) -> None:
        from digitbench import load_arrays, save_arrays

        files = [file for file in files_of(model) if file.suffix == ".safetensors"]
        file = files[random.integers(len(files))]
        arrays = load_arrays(file)
        change(arrays, random)
        save_arrays(file, arrays)

    return do


def an_array(arrays: dict[str, Any], random: np.random.Generator) -> str:
    names = sorted(arrays)
    return names[random.integers(len(names))]


def other_type(arrays: dict[str, Any], random: np.random.Generator) -> None:
    name = an_array(arrays, random)
    kinds = [
        kind for kind in ("uint8", "int64", "float32", "float64") if arrays[name].dtype != kind
    ]
    arrays[name] = arrays[name].astype(kinds[random.integers(len(kinds))])


def other_shape(arrays: dict[str, Any], random: np.random.Generator) -> None:
    name = an_array(arrays, random)
    shapes = (arrays[name].reshape(-1), arrays[name][:-1], arrays[name][None], arrays[name][:0])
    new = shapes[random.integers(len(shapes))]
    arrays[name] = new if new.shape != arrays[name].shape else arrays[name][..., None]


def not_numbers(arrays: dict[str, Any], random: np.random.Generator) -> None:
    floats = [name for name, array in arrays.items() if array.dtype.kind == "f"]
    if not floats:
        return other_type(arrays, random)
    array = arrays[floats[random.integers(len(floats))]].ravel()
    array[random.integers(array.size)] = (np.nan, np.inf, -np.inf)[random.integers(3)]
    return None


def array_missing(arrays: dict[str, Any], random: np.random.Generator) -> None:
    del arrays[an_array(arrays, random)]


def array_added(arrays: dict[str, Any], random: np.random.Generator) -> None:
    arrays["__reduce__"] = np.zeros(3)


def tensors(header: object, body: bytes = b"", length: int | None = None) -> bytes:
    """Return a file of safetensors with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def estimators() -> list[bytes]:
    """Return files of skops that would run code, or crash whoever predicts with them."""
    import functools

    import skops.io
    from sklearn.ensemble import ExtraTreesClassifier

    images, labels = np.random.default_rng(1).random((20, 784)), np.arange(20) % 10
    trees = ExtraTreesClassifier(5, random_state=1).fit(images, labels)
    made = [skops.io.dumps(functools.partial(os.mkdir, RAN)), skops.io.dumps(os.system)]
    for member, value in (("children_left", 10**15), ("children_right", -9), ("feature", 10**15)):
        tree = trees.estimators_[0].tree_
        kept = getattr(tree, member)[0]
        getattr(tree, member)[0] = value
        made.append(skops.io.dumps(trees))
        getattr(tree, member)[0] = kept
    trees.estimators_[0] = functools.partial(os.mkdir, RAN)
    return [*made, skops.io.dumps(trees)]


def objects() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([Harm()], object), allow_pickle=True)
    return buffer.getvalue()


def pickles() -> list[bytes]:
    made = [pickle.dumps(Harm(), protocol) for protocol in range(6)]
    return [*made, objects(), packed(("weights.npy", objects())), packed(("data.pkl", made[2]))]


def bombs() -> list[bytes]:
    """Return small files that want to be large."""
    vast = {"weights": {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4 * 10**12]}}
    body = bytes(200_000_000)
    lying = packed(("schema.json", body))
    return [
        tensors(vast),
        tensors({}, length=2**63),
        tensors({}, length=63_000_000),
        tensors(b"{" * 900_000),
        tensors(b" " * 2_000_000 + b"{}"),
        packed(*((f"{number}.npy", body) for number in range(4))),
        packed(("schema.json", body)),
        lying.replace(struct.pack("<I", len(body)), struct.pack("<I", 10)),
        packed(("schema.json", body), method=zipfile.ZIP_LZMA),
        packed(("schema.json", b"[" * 200_000)),
    ]


FOR_SKOPS = "archive"
"""What the names of damage begin with that is for an estimator alone."""

RECORDS: dict[str, object] = {
    "format_version": 2,
    "model.name": "python:gone",
    "model.options": {"unknown": 1},
    "model.options.k": "many",
    "model.plugin": 5,
    "accuracy": float("nan"),
    "seed": "0x",
    "threads": 0,
    "trial": -1,
    "files": [],
    "files.0.size": 10**12,
    "files.0.sha256": "0" * 64,
    "predictions_sha256": "no",
    "dataset": None,
}

NAMES = (
    "../model.json",
    "../../../../etc/passwd",
    "/etc/passwd",
    "..",
    ".",
    "",
    "a/b",
    "a\\b",
    "C:weights",
    "nul\x00l",
    "x" * 300,
    "caf\u00e9",
    "weights.pkl",
)


def damages(*, with_bombs: bool) -> dict[str, Damage]:
    """Return every kind of damage by name; those that draw give another one each time.

    Args:
        with_bombs: those too that take seconds to pack.
    """
    drawn = {
        "flipped": flipped,
        "truncated": truncated,
        "spliced": spliced,
        "noise": noise,
        "flipped, signed": signed(flipped),
        "truncated, signed": signed(truncated),
        "spliced, signed": signed(spliced),
        "noise, signed": signed(noise),
        "record flipped": record_flipped,
        "record truncated": record_truncated,
        "other type": signed(arrays_changed(other_type)),
        "other shape": signed(arrays_changed(other_shape)),
        "not numbers": signed(arrays_changed(not_numbers)),
        "array missing": signed(arrays_changed(array_missing)),
        "array added": signed(arrays_changed(array_added)),
    }
    fixed: dict[str, Damage] = {
        "linked to itself": linked_to_itself,
        "linked directory": linked_directory,
        "removed": removed,
        "added": added,
        "added, signed": signed(added),
        "no record": no_record,
        "deep record": deep_record,
        "vast record": vast_record,
        "vast file": vast_file,
        "many files": many_files,
        "many files, signed": signed(many_files),
        "directory": directory,
        "pipe": pipe,
        "renamed": partial(renamed, "weights.pkl"),
        "renamed, signed": signed(partial(renamed, "weights.pkl")),
    }
    fixed |= {f"linked to {to}": partial(linked, to) for to in ("/etc/passwd", "/dev/zero", "no")}
    fixed |= {f"named {name!r}": partial(named, name) for name in NAMES}
    fixed |= {f"record {path}": partial(changed, path, to) for path, to in RECORDS.items()}
    made = [*pickles(), *estimators(), *(bombs() if with_bombs else [])]
    for number, data in enumerate(made):
        what = FOR_SKOPS if data.startswith(b"PK") else "bytes"
        fixed[f"{what} {number}"] = signed(partial(content, data))
    return drawn | fixed


def hostile(
    models: list[Path], root: Path, count: int, seed: int, *, kinds: dict[str, Damage]
) -> Iterator[tuple[str, Path]]:
    """Make damaged copies of kept models in turn, each kind once before any comes again.

    Yields:
        What was done, and the directory.
    """
    random = np.random.default_rng(seed)
    names = list(kinds)
    drawing = names[:15]
    for number in range(count):
        name = names[number] if number < len(names) else drawing[random.integers(len(drawing))]
        suited = [
            model
            for model in models
            if not name.startswith(FOR_SKOPS)
            or any(file.suffix == SKOPS for file in files_of(model))
        ]
        model = suited[random.integers(len(suited))]
        copy = root / f"{number:03}"
        shutil.copytree(model, copy)
        kinds[name](copy, random)
        yield f"{name} of {model.name}", copy
