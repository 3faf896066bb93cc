"""The arithmetic that the network of `cnn` needs, counted from the shapes of its layers."""

NUM_CLASSES = 10


def forward_multiply_adds(filters: tuple[int, int, int], side: int = 28) -> dict[str, int]:
    """Count the multiply-adds of the convolutions for one image, forward, by layer.

    Height x width x height of the kernel x width of the kernel x channels in x channels out. What
    is multiplied with the padding counts too. Pooling, normalisation and activations are left
    out: they are no products of matrices.

    Args:
        filters: numbers of filters of C1, C2 and C3.
        side: of the image, in pixels, a multiple of four.
    """
    c1, c2, c3 = filters
    pixels, halved, quartered = side**2, (side // 2) ** 2, (side // 4) ** 2
    return {
        "C1": pixels * 5 * 5 * c1,
        "C2_vertical": halved * 5 * c1 * c2,
        "C2_horizontal": halved * 5 * c2 * c2,
        "C3_vertical": halved * 7 * c2 * c3,
        "C3_horizontal": halved * 7 * c3 * c3,
        "C4": quartered * 5 * 5 * c3 * NUM_CLASSES,
    }


def training_flops(filters: tuple[int, int, int], side: int = 28) -> int:
    """Count the floating-point operations that a training step needs for one image.

    A multiply-add is two operations. Each convolution is computed forward, backward to its
    weights and backward to its inputs, at the same cost each; the first one has no need of the
    last, because nobody asks for the gradient of the image.
    """
    layers = forward_multiply_adds(filters, side)
    return 2 * (3 * sum(layers.values()) - layers["C1"])
