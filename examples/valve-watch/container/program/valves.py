"""Curves of sixteen pressures, the state of the valve first where it is to be learned, and the network that tells states."""
import chainer
import numpy

ticks = 16


class Unreadable(ValueError):
    """What is wrong with the curves, for who sent them."""


def curves(text, labelled):
    """(states, a matrix of pressures) of lines of CSV."""
    split = [line.split(',') for line in text.splitlines() if line.strip()]
    if not split:
        raise Unreadable('there is no row')
    states = [row.pop(0).strip() for row in split] if labelled else []
    for at, row in enumerate(split):
        if len(row) != ticks:
            raise Unreadable(f'row {at + 1} has {len(row)} pressures, not {ticks}')
    try:
        return states, numpy.array(split, dtype=numpy.float32)
    except ValueError as error:
        raise Unreadable(str(error)) from None


class Network(chainer.Chain):
    def __init__(self, filters, states):
        super().__init__()
        with self.init_scope():
            self.near = chainer.links.Convolution1D(1, filters, 5, pad=2)
            self.far = chainer.links.Convolution1D(filters, filters, 5, pad=2)
            self.out = chainer.links.Linear(filters * ticks, states)

    def forward(self, pressures):
        seen = chainer.functions.relu(self.near(pressures[:, numpy.newaxis] / 8))
        return self.out(chainer.functions.relu(self.far(seen)))
