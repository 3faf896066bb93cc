from benchlib.arithmetic import forward_multiply_adds, training_flops
from digitbench import BuildContext
from digitbench.plugins import load_plugins


def test_multiply_adds_by_hand() -> None:
    assert forward_multiply_adds((16, 32, 32)) == {
        "C1": 28 * 28 * 25 * 16,
        "C2_vertical": 196 * 5 * 16 * 32,
        "C2_horizontal": 196 * 5 * 32 * 32,
        "C3_vertical": 196 * 7 * 32 * 32,
        "C3_horizontal": 196 * 7 * 32 * 32,
        "C4": 49 * 25 * 32 * 10,
    }


def test_training_flops_by_hand() -> None:
    # 5,020,736 multiply-adds forward, three times; less C1's 313,600; two operations each
    assert training_flops((16, 32, 32)) == 2 * (3 * 5_020_736 - 313_600)


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
