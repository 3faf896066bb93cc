import numpy as np

from classical import Family, Outcome, differing
from digitbench.types import Labels


def outcome(subject: str, predictions: Labels, *, is_peer: bool = False) -> Outcome:
    return Outcome(subject, Family.KNN, is_peer, 1.0, 1.0, predictions, 0.9, {})


def test_differing_predictions() -> None:
    ours = outcome("knn", np.array([1, 2, 3, 4], np.uint8))
    deskewed = outcome("knn[deskew=true]", np.array([1, 2, 3, 3], np.uint8))
    peer = outcome("KNeighborsClassifier", np.array([1, 2, 9, 9], np.uint8), is_peer=True)
    everyone = [ours, deskewed, peer]
    assert differing(ours, everyone) == 2
    assert differing(deskewed, everyone) is None
    assert differing(peer, everyone) is None


def test_without_the_peer_nothing_can_differ() -> None:
    ours = outcome("knn", np.array([1, 2], np.uint8))
    assert differing(ours, [ours]) is None
