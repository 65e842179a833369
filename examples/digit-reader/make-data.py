"""Writes the sample data: digits of 12 by 12 grey points, drawn from a font of 5 by 7, moved, smeared and spoiled. Made up."""
import os
import random

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data')
chance = random.Random(31)
size = 12
font = [
    '01110 10001 10011 10101 11001 10001 01110', '00100 01100 00100 00100 00100 00100 01110',
    '01110 10001 00001 00110 01000 10000 11111', '11110 00001 00001 01110 00001 00001 11110',
    '00010 00110 01010 10010 11111 00010 00010', '11111 10000 11110 00001 00001 10001 01110',
    '00110 01000 10000 11110 10001 10001 01110', '11111 00001 00010 00100 01000 01000 01000',
    '01110 10001 10001 01110 10001 10001 01110', '01110 10001 10001 01111 00001 00010 01100',
]


def points(digit):
    """Grey points from 0 to 9, row by row: one figure each."""
    across, down, ink = chance.randrange(1, 7), chance.randrange(1, 5), chance.uniform(0.7, 1)
    drawn = [[0.0] * size for _ in range(size)]
    for y, line in enumerate(font[digit].split()):
        for x, dot in enumerate(line):
            if dot == '1' and chance.random() > 0.03:
                drawn[down + y][across + x] = ink
    def near(y, x):
        return drawn[y][x] if 0 <= y < size and 0 <= x < size else 0.0
    smeared = [[0.7 * near(y, x) + 0.1 * (near(y, x - 1) + near(y, x + 1) + near(y - 1, x)) for x in range(size)] for y in range(size)]
    return [max(0, min(9, round(9 * (grey + chance.gauss(0, 0.08))))) for row in smeared for grey in row]


def write(path, count, labelled=True):
    with open(os.path.join(here, path), 'w') as file:
        for at in range(count):
            digit = at % 10
            file.write(','.join(map(str, [digit] * labelled + points(digit))) + '\n')


# Two files, so that two hosts have one each.
write('train/left.csv', 400)
write('train/right.csv', 400)
write('validation/digits.csv', 150)
write('inference/digits.csv', 40, labelled=False)
