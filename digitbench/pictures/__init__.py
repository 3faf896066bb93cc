"""Pictures of handwritten digits: read within bounds, and made into images like MNIST's."""

from digitbench.pictures.answers import AnsweredDigit, ModelAnswer, PictureAnswer
from digitbench.pictures.finding import FoundDigit, Reading, find_digits
from digitbench.pictures.parts import Box
from digitbench.pictures.reading import Picture, read_picture

__all__ = [
    "AnsweredDigit",
    "Box",
    "FoundDigit",
    "ModelAnswer",
    "Picture",
    "PictureAnswer",
    "Reading",
    "find_digits",
    "read_picture",
]
