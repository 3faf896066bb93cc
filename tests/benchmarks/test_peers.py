import numpy as np
import pytest

from benchlib import keras_convnet, torch_example, torch_fast
from digitbench import load_tensorflow
from digitbench.types import available_cpus


def test_keras_convnet_has_the_published_layers() -> None:
    load_tensorflow(available_cpus())
    import keras

    model = keras_convnet._compiled_model(keras)
    # 3*3*32 + 32, 3*3*32*64 + 64, 5*5*64*10 + 10
    assert model.count_params() == 320 + 18_496 + 16_010
    assert model.output_shape == (None, 10)


def test_keras_inputs_are_pixels_from_0_to_1() -> None:
    inputs = keras_convnet._inputs(np.full((2, 28, 28), 255, np.uint8))
    assert inputs.shape == (2, 28, 28, 1)
    assert inputs.dtype == np.float32
    assert (inputs == 1).all()


@pytest.mark.slow
def test_torch_example_has_the_published_layers() -> None:
    torch = pytest.importorskip("torch")
    model = torch_example._network(torch)
    # 3*3*32 + 32, 3*3*32*64 + 64, 9216*128 + 128, 128*10 + 10
    assert sum(p.numel() for p in model.parameters()) == 320 + 18_496 + 1_179_776 + 1_290


@pytest.mark.slow
def test_torch_inputs_are_normalised() -> None:
    torch = pytest.importorskip("torch")
    inputs = torch_example.normalised_inputs(torch, np.full((2, 28, 28), 255, np.uint8), "cpu")
    assert tuple(inputs.shape) == (2, 1, 28, 28)
    assert inputs.dtype == torch.float32
    assert inputs[0, 0, 0, 0].item() == pytest.approx((1 - 0.1307) / 0.3081, abs=1e-5)


@pytest.mark.slow
def test_torch_fast_has_the_published_layers() -> None:
    torch = pytest.importorskip("torch")
    model = torch_fast.network(torch)
    # 5*5*24 + 24, 3*3*24*32 + 32, 800*256 + 256, 256*10 + 10
    assert sum(p.numel() for p in model.parameters()) == 624 + 6_944 + 205_056 + 2_570
    assert tuple(model(torch.zeros(3, 1, 28, 28)).shape) == (3, 10)
