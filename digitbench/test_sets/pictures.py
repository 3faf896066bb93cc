"""`pictures:DIR`: pictures of digits in a directory, as the data set `pictures` reads them."""

from digitbench.datasets.cache import load_cached_split
from digitbench.datasets.picture_loader import source_of_test_pictures
from digitbench.test_sets.argument import named_path
from digitbench.test_sets.of_images import set_of_images
from digitbench.types import Dataset, TestSet, TestSetContext


def load_pictures(context: TestSetContext, dataset: Dataset) -> TestSet:
    """Load the pictures of the named directory; those to train on are left out.

    Raises:
        DatasetUnavailableError: there is no such directory.
        DatasetError: it has no labelled pictures, or none that shows one digit.
    """
    source = source_of_test_pictures(named_path(context, "pictures"), context.data.working)
    split = load_cached_split(context.data.cache_dir, "pictures", source)
    return set_of_images(split, source.where)
