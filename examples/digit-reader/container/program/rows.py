"""Pictures of 12 by 12 grey points, as rows of CSV and as files."""
import numpy
import tensorflow as tf

size = 12
grey = 9.0


class Unreadable(ValueError):
    """What is wrong with the pictures, for who sent them."""


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


def pictures(matrix):
    return (matrix / grey).reshape(-1, size, size, 1)


def picture(data):
    """A PNG, JPEG, GIF or BMP of any size: light on dark, or dark on light if its edge is light."""
    try:
        decoded = tf.image.decode_image(data, channels=1, expand_animations=False, dtype=tf.float32)
    except tf.errors.InvalidArgumentError:
        raise Unreadable('not a PNG, JPEG, GIF or BMP') from None
    small = tf.image.resize(decoded, (size, size), method='area').numpy()
    return (1 - small if numpy.median(small) > 0.5 else small)[numpy.newaxis]
