"""The machine's peak: the fastest matrix product that TensorFlow computes on it."""

from time import perf_counter

from digitbench import load_tensorflow

PRECISIONS = ("float32", "bfloat16")
SIZE = 2048


def best_flops_per_second(precision: str, *, threads: int, repeats: int, size: int = SIZE) -> float:
    """Time products of two square matrices and return the rate of the fastest one.

    Where the processor has no bfloat16 arithmetic the product is computed all the same, slower
    than in float32; so the figure itself tells.

    Args:
        precision: `float32` or `bfloat16`.
        threads: CPU threads.
        repeats: timed products, after an untimed one.
        size: rows and columns.

    Returns:
        Floating-point operations per second; a multiply-add is two.
    """
    tf = load_tensorflow(threads)
    random = tf.random.Generator.from_seed(0)
    matrix = tf.cast(random.normal((size, size)), precision)
    product = tf.function(lambda a: tf.linalg.matmul(a, a)[0, 0], autograph=False)
    product(matrix).numpy()
    seconds = []
    for _ in range(repeats):
        start = perf_counter()
        product(matrix).numpy()  # waits for the device
        seconds.append(perf_counter() - start)
    return 2 * size**3 / min(seconds)
