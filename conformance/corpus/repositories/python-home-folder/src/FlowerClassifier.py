import Algorithmia
import numpy as np


def apply(input):
    lengths = np.asarray(input, dtype=float)
    return lengths.round() if len(lengths) else lengths.tolist()
