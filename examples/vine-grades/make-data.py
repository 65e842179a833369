"""Writes the sample data: what a cellar measures of its wines, and the grade that its tasters gave. Made up."""
import os
import random

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data')
chance = random.Random(47)


def wine():
    """(grade, alcohol, acidity, sugar, tannin, colour, age)"""
    alcohol, acidity = chance.uniform(10, 15), chance.uniform(4, 8)
    sugar, tannin = chance.expovariate(1 / 4), chance.uniform(0.5, 4)
    colour, age = chance.uniform(1, 12), chance.randrange(0, 12)
    balance = -abs(alcohol - 12.8) - abs(acidity - 5.6) - sugar / 8 + tannin / 3 + min(age, 7) / 5 + chance.gauss(0, 0.15)
    grade = 'fine' if balance > -0.6 else 'good' if balance > -1.9 else 'plain'
    return [grade, f'{alcohol:.1f}', f'{acidity:.2f}', f'{sugar:.1f}', f'{tannin:.2f}', f'{colour:.1f}', str(age)]


def write(path, count, first=0):
    with open(os.path.join(here, path), 'w') as file:
        for _ in range(count):
            file.write(','.join(wine()[first:]) + '\n')


# Two files, so that two hosts have one each.
write('train/hills.csv', 600)
write('train/plain.csv', 600)
write('validation/wines.csv', 300)
write('inference/wines.csv', 100, first=1)
