"""What is known of the published data sets: their files, checksums and mirrors.

The checksums are those of the gzipped files as published. MNIST's, and those of QMNIST's labels,
were checked against the files themselves; those of Fashion-MNIST, KMNIST and QMNIST's images are
the ones that TensorFlow Datasets, torchvision and other projects pin.
"""

from dataclasses import dataclass

from digitbench.types.data import DIGIT_CLASSES

FileStems = tuple[tuple[str, ...], ...]
"""What each file of a data set may be called, without `.gz`; the published name comes first."""

MNIST_STEMS: FileStems = (
    ("train-images-idx3-ubyte", "train-images.idx3-ubyte"),
    ("train-labels-idx1-ubyte", "train-labels.idx1-ubyte"),
    (
        "t10k-images-idx3-ubyte",
        "t10k-images.idx3-ubyte",
        "test-images-idx3-ubyte",
        "test-images.idx3-ubyte",
    ),
    (
        "t10k-labels-idx1-ubyte",
        "t10k-labels.idx1-ubyte",
        "test-labels-idx1-ubyte",
        "test-labels.idx1-ubyte",
    ),
)


@dataclass(frozen=True)
class PublishedFile:
    """A packed file as published.

    Attributes:
        name: its name, on every mirror.
        size_bytes: its length.
        sha256: its SHA-256, in hexadecimal.
    """

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class PublishedFiles:
    """Published files that are no whole data set.

    Attributes:
        name: what they are called together.
        mirrors: addresses of the directories they lie in, each ending in a slash, in the order to
            try them.
        files: the files.
    """

    name: str
    mirrors: tuple[str, ...]
    files: tuple[PublishedFile, ...]


@dataclass(frozen=True)
class PublishedDataset:
    """A published data set of four IDX files.

    Attributes:
        name: the data set's name in digitbench.
        summary: one line about it.
        url: where it is described.
        mirrors: addresses of the directories its files lie in, each ending in a slash, in the
            order to try them.
        files: training images, training labels, test images, test labels.
        train_size: number of training images.
        test_size: number of test images.
        torchvision_name: the directory torchvision gives it.
        keras_name: Keras' archive or directory of it, None if Keras does not have it.
        stems: what its files may be called, in the order of `files`.
        fingerprint: `digitbench.datasets.fingerprint.fingerprint` of its arrays, where known.
        owns_file_names: whether names alone say that files are of this data set: not where they
            are called as MNIST's are.
        classes: what its labels 0 to 9 stand for.
        groups: what the groups of its images are called, such as `writer`; None if its files do not
            tell.
    """

    name: str
    summary: str
    url: str
    mirrors: tuple[str, ...]
    files: tuple[PublishedFile, PublishedFile, PublishedFile, PublishedFile]
    torchvision_name: str
    keras_name: str | None = None
    stems: FileStems = MNIST_STEMS
    train_size: int = 60_000
    test_size: int = 10_000
    fingerprint: str | None = None
    owns_file_names: bool = False
    classes: tuple[str, ...] = DIGIT_CLASSES
    groups: str | None = None

    @property
    def test_files(self) -> tuple[PublishedFile, PublishedFile]:
        """Test images and test labels."""
        return self.files[2:]

    @property
    def test_stems(self) -> FileStems:
        """What these two may be called."""
        return self.stems[2:]


MNIST = PublishedDataset(
    name="mnist",
    summary="Handwritten digits, 60,000 to train and 10,000 to test (LeCun, Cortes, Burges)",
    url="http://yann.lecun.com/exdb/mnist/",
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    files=(
        PublishedFile(
            "train-images-idx3-ubyte.gz",
            9_912_422,
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        ),
        PublishedFile(
            "train-labels-idx1-ubyte.gz",
            28_881,
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        ),
        PublishedFile(
            "t10k-images-idx3-ubyte.gz",
            1_648_877,
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        ),
        PublishedFile(
            "t10k-labels-idx1-ubyte.gz",
            4_542,
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ),
    torchvision_name="MNIST",
    keras_name="mnist.npz",
    fingerprint="4b0b8246aa0dc2059936fa9112b0cf005a9342112e1070f6ea69a8971e1490a7",
    owns_file_names=True,
)

FASHION_MNIST = PublishedDataset(
    name="fashion-mnist",
    summary="Articles of clothing in MNIST's format (Xiao, Rasul, Vollgraf 2017)",
    url="https://github.com/zalandoresearch/fashion-mnist",
    mirrors=(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ),
    files=(
        PublishedFile(
            "train-images-idx3-ubyte.gz",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        PublishedFile(
            "train-labels-idx1-ubyte.gz",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        PublishedFile(
            "t10k-images-idx3-ubyte.gz",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        PublishedFile(
            "t10k-labels-idx1-ubyte.gz",
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    ),
    torchvision_name="FashionMNIST",
    keras_name="fashion-mnist",
    classes=(
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
)

KMNIST = PublishedDataset(
    name="kmnist",
    summary="Cursive Japanese characters in MNIST's format (Clanuwat et al. 2018)",
    url="http://codh.rois.ac.jp/kmnist/",
    mirrors=(
        "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
    ),
    files=(
        PublishedFile(
            "train-images-idx3-ubyte.gz",
            18_165_135,
            "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
        ),
        PublishedFile(
            "train-labels-idx1-ubyte.gz",
            29_497,
            "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
        ),
        PublishedFile(
            "t10k-images-idx3-ubyte.gz",
            3_041_136,
            "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
        ),
        PublishedFile(
            "t10k-labels-idx1-ubyte.gz",
            5_120,
            "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
        ),
    ),
    torchvision_name="KMNIST",
    classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
)

QMNIST = PublishedDataset(
    name="qmnist",
    summary="MNIST made anew, its writers known; 60,000 images to test (Yadav, Bottou 2019)",
    url="https://github.com/facebookresearch/qmnist",
    mirrors=("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",),
    files=(
        PublishedFile(
            "qmnist-train-images-idx3-ubyte.gz",
            9_704_059,
            "9e26a7bf1683614e065d7b76460ccd52807165b3f22561fb782bd9f38c52b51d",
        ),
        PublishedFile(
            "qmnist-train-labels-idx2-int.gz",
            463_024,
            "2c05dc77f6b916b38e455e97ab129a42a444f3dbef09b278a366f82904e0dd9f",
        ),
        PublishedFile(
            "qmnist-test-images-idx3-ubyte.gz",
            9_742_279,
            "43fc22bf7498b8fc98de98369d72f752d0deabc280a43a7bcc364ab19e57b375",
        ),
        PublishedFile(
            "qmnist-test-labels-idx2-int.gz",
            526_800,
            "9fbcbe594c3766fdf4f0b15c5165dc0d1e57ac604e01422608bb72c906030d06",
        ),
    ),
    torchvision_name="QMNIST",
    stems=(
        ("qmnist-train-images-idx3-ubyte",),
        ("qmnist-train-labels-idx2-int", "qmnist-train-labels-idx1-ubyte"),
        ("qmnist-test-images-idx3-ubyte",),
        ("qmnist-test-labels-idx2-int", "qmnist-test-labels-idx1-ubyte"),
    ),
    test_size=60_000,
    owns_file_names=True,
    groups="writer",
)

PUBLISHED = (MNIST, FASHION_MNIST, KMNIST, QMNIST)
