"""Consignments as rows, and the three that quote them: a network, boosted trees, and a rule under which no price falls."""
import numpy
import torch

members = ['weight', 'volume', 'distance', 'days', 'fragile']
# What a lorry costs on its way, whatever it carries.
base, per_kilometre = 25.0, 0.12


class Unreadable(ValueError):
    """What is wrong with the rows, for who sent them."""


def rows(text, width):
    """A matrix of `width` columns."""
    found = []
    for at, line in enumerate(filter(str.strip, text.splitlines())):
        values = line.split(',')
        if len(values) != width:
            raise Unreadable(f'row {at + 1} has {len(values)} values, not {width}')
        try:
            found.append([float(value) for value in values])
        except ValueError as error:
            raise Unreadable(f'row {at + 1}: {error}') from None
    if not found:
        raise Unreadable('there is no row')
    return numpy.array(found, dtype=numpy.float32)


def network(width):
    return torch.nn.Sequential(
        torch.nn.Linear(len(members), width), torch.nn.ReLU(), torch.nn.Linear(width, width), torch.nn.ReLU(), torch.nn.Linear(width, 1)
    )


def least(consignments):
    return base + per_kilometre * consignments[:, members.index('distance')]


def agreed(by_network, by_trees, consignments):
    """Both have the same weight; the rule has the last word."""
    return numpy.maximum((by_network + by_trees) / 2, least(consignments))
