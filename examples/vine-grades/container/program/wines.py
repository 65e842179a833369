"""Rows of numbers, a grade first where it is to be learned, and the network that tells grades."""
import mxnet
import numpy


class Unreadable(ValueError):
    """What is wrong with the rows, for who sent them."""


def rows(text, graded, width=None):
    """(grades, a matrix of the numbers) of lines of CSV."""
    split = [line.split(',') for line in text.splitlines() if line.strip()]
    if not split:
        raise Unreadable('there is no row')
    grades = [row.pop(0).strip() for row in split] if graded else []
    width = width or len(split[0])
    for at, row in enumerate(split):
        if len(row) != width:
            raise Unreadable(f'row {at + 1} has {len(row)} numbers, not {width}')
    try:
        return grades, numpy.array(split, dtype=numpy.float32)
    except ValueError as error:
        raise Unreadable(str(error)) from None


def network(hidden, grades):
    found = mxnet.gluon.nn.HybridSequential()
    found.add(mxnet.gluon.nn.Dense(hidden, activation='relu'))
    found.add(mxnet.gluon.nn.Dense(hidden, activation='relu'))
    found.add(mxnet.gluon.nn.Dense(grades))
    return found
