"""Which data a run used, in the line that stands above or below its figures."""

from digitbench.types import DatasetInfo


def dataset_title(dataset: DatasetInfo) -> str:
    """Say which data were used: name, sizes, and whether they are the canonical ones, or a part."""
    sizes = f"{dataset.train_size:,} train"
    if dataset.validation_size:
        sizes += f" / {dataset.validation_size:,} validation"
        if dataset.validation_rule is not None:
            sizes += f" (whole {dataset.validation_rule.partition(':')[0]})"
    sizes += f" / {dataset.test_size:,} test images"
    if dataset.quick:
        return f"{dataset.name}: {sizes} of it, SMOKE RUN"
    known = {True: "canonical", False: "NOT the canonical data", None: "not known to be canonical"}
    return f"{dataset.name}: {sizes}, {known[dataset.canonical]}"
