from pathlib import Path
from typing import Any

import pytest

from digitbench import load_tensorflow
from digitbench.types import available_cpus
from digitbench_cnn import CnnOptions


@pytest.fixture(scope="module")
def precision() -> Any:
    load_tensorflow(available_cpus())
    from digitbench_cnn import precision

    return precision


def test_flags_are_read_as_linux_writes_them(precision: Any, tmp_path: Path) -> None:
    description = tmp_path / "cpuinfo"
    description.write_text("processor\t: 0\nflags\t\t: fpu amx_bf16 sse2\n\nprocessor\t: 1\n")
    assert precision.processor_flags(description) == {"fpu", "amx_bf16", "sse2"}


@pytest.mark.parametrize("content", [None, "", "processor : 0\nFeatures : fp asimd\n"])
def test_where_there_are_no_flags_there_are_none(
    precision: Any, tmp_path: Path, content: str | None
) -> None:
    description = tmp_path / "cpuinfo"
    if content is not None:
        description.write_text(content)
    assert precision.processor_flags(description) == frozenset()


@pytest.mark.parametrize(
    ("asked", "device", "flags", "expected"),
    [
        ("auto", "CPU", {"avx512f", "avx512_bf16"}, "bfloat16"),
        ("auto", "CPU", {"amx_bf16"}, "bfloat16"),
        ("auto", "CPU", {"avx512f"}, "float32"),
        ("auto", "GPU", {"amx_bf16"}, "float32"),
        ("float32", "CPU", {"amx_bf16"}, "float32"),
        ("bfloat16", "CPU", set(), "bfloat16"),
        ("bfloat16", "GPU", set(), "bfloat16"),
    ],
)
def test_bfloat16_is_taken_where_the_processor_has_it(
    precision: Any, asked: Any, device: str, flags: set[str], expected: str
) -> None:
    taken = precision.computing_type(CnnOptions(precision=asked), device, frozenset(flags))
    assert taken.name == expected
