"""digitbench's own data sets, offered the way any plugin offers its own."""

from collections.abc import Iterable

from digitbench import hookimpl
from digitbench.datasets.bundled import DIGITS_FINGERPRINT, DigitsLoader
from digitbench.datasets.loaders import IdxLoader, PublishedLoader
from digitbench.datasets.picture_loader import PicturesLoader
from digitbench.datasets.published import PUBLISHED
from digitbench.types import DatasetSpec


@hookimpl
def digitbench_datasets() -> Iterable[DatasetSpec]:
    """Return the published data sets, the bundled one, and those of your own files.

    Fashion-MNIST and KMNIST have no canonical fingerprint: their files are known by the published
    checksums, which digitbench compares where nothing else tells what a file is.
    """
    return [
        *(
            DatasetSpec(
                name=published.name,
                summary=published.summary,
                load=PublishedLoader(published),
                canonical_fingerprint=published.fingerprint,
                source_url=published.url,
                classes=published.classes,
            )
            for published in PUBLISHED
        ),
        DatasetSpec(
            name="digits",
            summary="scikit-learn's 1,797 digits of 8x8 pixels, enlarged; needs no network",
            load=DigitsLoader("digits"),
            canonical_fingerprint=DIGITS_FINGERPRINT,
            source_url="https://archive.ics.uci.edu/dataset/80",
        ),
        DatasetSpec(
            name="idx",
            summary="Four IDX files of your own in MNIST's format (--data-dir)",
            load=IdxLoader("idx"),
        ),
        DatasetSpec(
            name="pictures",
            summary="Pictures of your own digits, in folders 0 to 9 or listed in CSV (--data-dir)",
            load=PicturesLoader("pictures"),
        ),
    ]
