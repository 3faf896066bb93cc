"""The experiments of the paper as data: which models stand for each, and what it leaves open."""

from dataclasses import dataclass
from typing import NamedTuple


class OpenPoint(NamedTuple):
    """What the paper does not say, and how it is read here; Markdown."""

    question: str
    reading: str


@dataclass(frozen=True)
class Experiment:
    """One of the paper's experiments.

    Attributes:
        name: short, for programs.
        title: for people.
        models: the models that repeat it, as `--models` takes them and in normal form.
        best: further models, for those who have the time.
        open_points: what the paper does not say.
    """

    name: str
    title: str
    models: tuple[str, ...]
    best: tuple[str, ...] = ()
    open_points: tuple[OpenPoint, ...] = ()


@dataclass(frozen=True)
class Paper:
    """What is reproduced: experiments on one data set.

    Attributes:
        reference: the paper, in words.
        dataset: the data set's name; no other will do.
        experiments: in the paper's order.
    """

    reference: str
    dataset: str
    experiments: tuple[Experiment, ...]

    def models(self, *, best: bool) -> str:
        """Return every model as `--models` takes it; those of `best` come last."""
        names = [name for experiment in self.experiments for name in experiment.models]
        if best:
            names += [name for experiment in self.experiments for name in experiment.best]
        return ",".join(names)


LIU_FU = Paper(
    reference='Jie Liu and Chenghua Fu, "MNIST Data Set Recognition Research based on TensorFlow '
    'Framework"',
    dataset="mnist",
    experiments=(
        Experiment(
            name="softmax",
            title="Softmax regression",
            models=("softmax[recipe=paper]", "softmax"),
            open_points=(
                OpenPoint(
                    "training and validation images",
                    "its table of the data splits the training file 55,000 and 5,000, its tables "
                    "of results say 60,000: all 60,000 are trained on",
                ),
                OpenPoint(
                    "optimiser, step size, batch size, number of steps",
                    "not given. `recipe=paper` is plain mini-batch gradient descent; its settings "
                    "were chosen among seven because their test accuracies fall in the paper's "
                    "table, so that it shows how the table can be had and predicts nothing",
                ),
                OpenPoint(
                    "the best this model can do",
                    "the default recipe finds the minimum of the loss with a small penalty on "
                    "the weights; it has no seed and is run once",
                ),
            ),
        ),
        Experiment(
            name="cnn",
            title="Improved convolutional network",
            models=("cnn[recipe=paper]", "cnn"),
            best=("cnn[recipe=best]",),
            open_points=(
                OpenPoint("numbers of filters", "not given; ours are among the options below"),
                OpenPoint(
                    "padding",
                    "`same` everywhere: images shrink 28, 14, 7, and the last pooling leaves the "
                    "ten nodes that the text asks for",
                ),
                OpenPoint(
                    "place of the three batch normalisations",
                    "after C1 (by the text), after C2 and after C3",
                ),
                OpenPoint("C2 and C3 side by side or in sequence", "in sequence"),
                OpenPoint(
                    "which kernels are decomposed",
                    "those of C2 (5x1, 1x5) and C3 (7x1, 1x7); C1 has a single input channel, C4 "
                    "ten outputs",
                ),
                OpenPoint("place of dropout", "before C4"),
                OpenPoint(
                    "optimiser, learning rate, batch size",
                    "not given; the text has 20,000 iterations and keep_prob 0.5, to which "
                    "`recipe=paper` keeps, with Adam at a constant 0.001, chosen between two rates "
                    "on 5,000 validation images, and batches of 50. The other recipes train the "
                    "same layers otherwise",
                ),
            ),
        ),
    ),
)
