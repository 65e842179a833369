"""Reads what rows come as: a label first where they are to be learned from, features alone where they are to be answered."""
import io
import json

import numpy


class Unreadable(ValueError):
    """What is wrong with the rows, for who sent them."""


def read(text, content_type, width=None):
    """Rows of numbers as a matrix. `width` is that of the features; of libsvm's rows, which leave out zeros, the least."""
    kind = content_type.split(';')[0].strip().lower()
    if kind == 'text/csv':
        return matrix([line.split(',') for line in lines(text)])
    if kind in ('text/libsvm', 'text/x-libsvm'):
        return libsvm(lines(text), width)
    if kind in ('application/jsonlines', 'application/x-jsonlines'):
        return matrix([features(line) for line in lines(text)])
    raise LookupError(content_type)


def lines(text):
    return [line for line in io.StringIO(text).read().splitlines() if line.strip()]


def features(line):
    try:
        return json.loads(line)['features']
    except (ValueError, KeyError, TypeError):
        raise Unreadable(f'not {{"features": [...]}}: {line[:100]}') from None


def matrix(rows):
    if not rows:
        raise Unreadable('there is no row')
    for at, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise Unreadable(f'row {at + 1} has {len(row)} values, the first {len(rows[0])}')
    try:
        return numpy.array(rows, dtype=numpy.float32)
    except (ValueError, TypeError) as error:
        raise Unreadable(str(error)) from None


def libsvm(rows, width):
    """`LABEL INDEX:VALUE …`, counted from 0 or 1 as the rows do; the label stays first."""
    try:
        parsed = [(row.split()[0], [pair.split(':') for pair in row.split()[1:]]) for row in rows]
        last = max((int(index) for _, pairs in parsed for index, _ in pairs), default=0)
        whole = numpy.zeros((len(parsed), 1 + max(last + 1, width or 0)), dtype=numpy.float32)
        for at, (label, pairs) in enumerate(parsed):
            whole[at, 0] = float(label)
            for index, value in pairs:
                whole[at, 1 + int(index)] = float(value)
        return whole
    except (ValueError, IndexError) as error:
        raise Unreadable(str(error)) from None
