"""The test set of corrupted images, after MNIST-C."""
