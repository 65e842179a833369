"""Writes the sample data: names of harbour towns, put together from syllables. Made up."""
import os
import random

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data')
chance = random.Random(23)
first = ['Al', 'Bran', 'Cor', 'Dun', 'El', 'Fal', 'Gar', 'Hol', 'Ist', 'Kel', 'Lor', 'Mar', 'Nor', 'Ost', 'Pen', 'Ros', 'Sal', 'Tor', 'Ulm', 'Wes']
middle = ['a', 'be', 'der', 'en', 'ga', 'ing', 'le', 'men', 'o', 'ra', 'sta', 'ter', 'vi', 'wen']
last = {'north': ['havn', 'sund', 'vik', 'nes', 'holm'], 'south': ['porto', 'mar', 'riva', 'bay', 'mouth']}


def name(ends):
    return chance.choice(first) + ''.join(chance.sample(middle, chance.choice([0, 1, 1, 2]))) + chance.choice(ends)


def write(path, lines):
    with open(os.path.join(here, path), 'w') as file:
        file.write('\n'.join(lines) + '\n')


# Two files, so that two hosts have one each.
for side, ends in last.items():
    write(f'train/{side}.txt', [name(ends) for _ in range(400)])
write('validation/towns.txt', [name(last['north'] + last['south']) for _ in range(120)])
write('inference/starts.txt', [start[:2] for start in first])
