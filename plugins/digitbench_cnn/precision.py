"""In what numbers a training step computes."""

from pathlib import Path
from typing import Any

import tensorflow as tf

from digitbench_cnn import CnnOptions

FLAGS_OF_BFLOAT16 = {"avx512_bf16", "amx_bf16"}
PROCESSOR = Path("/proc/cpuinfo")


def processor_flags(description: Path = PROCESSOR) -> frozenset[str]:
    """Return what Linux says the processor can do; nothing where it does not say."""
    if not description.is_file():
        return frozenset()
    for line in description.read_text(errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return frozenset(value.split())
    return frozenset()


def computing_type(options: CnnOptions, device: str, flags: frozenset[str]) -> Any:
    """Return the type convolutions compute in: bfloat16 where the processor has it, if left open.

    Weights, sums and statistics are float32 in any case. On a GPU float32 is taken unless told
    otherwise.

    Args:
        options: what was asked for.
        device: `CPU` or `GPU`.
        flags: what the processor can do, as `processor_flags` has it.
    """
    if options.precision == "auto":
        has_bfloat16 = device == "CPU" and not FLAGS_OF_BFLOAT16.isdisjoint(flags)
        return tf.bfloat16 if has_bfloat16 else tf.float32
    return tf.as_dtype(options.precision)
