"""The arithmetic that benchmarks count is that of cnn; here, where TensorFlow is loaded anyway."""

from benchlib.arithmetic import forward_multiply_adds
from digitbench import BuildContext
from digitbench.plugins import load_plugins


def test_layers_have_the_parameters_of_cnn_itself() -> None:
    """A weight is used once for each pixel of its layer's output, so the counts must agree."""
    positions = {"C1": 28 * 28, "C2": 14 * 14, "C3": 14 * 14, "C4": 7 * 7}
    layers = forward_multiply_adds((4, 8, 12))
    kernels = sum(count // positions[name[:2]] for name, count in layers.items())
    normalisation, biases_of_c4 = 4 * (4 + 8 + 12), 10
    spec = load_plugins().models["cnn"].spec
    classifier = spec.build(
        spec.options.model_validate({"filters": "4/8/12"}), BuildContext(seed=0)
    )
    found = getattr(classifier, "n_parameters", None)
    assert found == kernels + normalisation + biases_of_c4
