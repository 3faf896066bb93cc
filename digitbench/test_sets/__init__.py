"""The test sets that come with digitbench: further images for a run's trained classifiers."""
