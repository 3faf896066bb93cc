"""Arrays in files that only grow: what is packed comes back to the bit."""

import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from digitbench.errors import StoreError
from digitbench.store.arrays import ArrayFile, packed, unpacked
from digitbench.store.layout import Block


@given(arrays(np.float32, st.tuples(st.integers(0, 30), st.just(10))))
def test_probabilities_come_back_to_the_bit(probabilities: np.ndarray) -> None:
    again = unpacked(packed(probabilities), len(probabilities))
    assert again.dtype == np.float32
    assert again.tobytes() == probabilities.tobytes()


def test_confident_probabilities_take_less_room() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 8, (2000, 10)).astype(np.float32)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = odds / odds.sum(axis=1, keepdims=True)
    assert len(packed(probabilities)) < 0.95 * probabilities.nbytes


@pytest.mark.parametrize("data", [b"", b"nonsense", packed(np.zeros((3, 10), np.float32))])
def test_what_is_not_so_many_probabilities_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"compressed|bytes"):
        unpacked(data, 2)


def test_a_bomb_is_not_unpacked_whole() -> None:
    bomb = packed(np.zeros((1_000_000, 10), np.float32))
    with pytest.raises(ValueError, match="81 bytes where 80 were due"):
        unpacked(bomb, 2)


def test_blocks_are_checked(tmp_path: Path) -> None:
    file = tmp_path / "arrays.bin"
    assert len(ArrayFile(file).block(Block(offset=0, size=0, crc32=0))) == 0
    file.write_bytes(b"abcdef")
    right = Block(offset=2, size=3, crc32=zlib.crc32(b"cde"))
    assert ArrayFile(file).block(right).tobytes() == b"cde"
    with pytest.raises(StoreError, match="damaged at byte 2"):
        ArrayFile(file).block(right.model_copy(update={"size": 5}))
    with pytest.raises(StoreError, match="damaged at byte 2"):
        ArrayFile(file).block(right.model_copy(update={"crc32": 0}))
