"""Writes the sample data: the pressure behind a valve, sixteen times a second, while it closes; and how it was found afterwards. Made up."""
import math
import os
import random

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data')
chance = random.Random(59)
states = ['sound', 'sticking', 'leaking']


def pressures(state):
    at, speed, low = chance.uniform(4, 7), chance.uniform(0.8, 1.6), chance.uniform(0.2, 0.6)
    stuck = chance.uniform(4.5, 6.5) if state == 'sticking' else 0
    leak = chance.uniform(0.12, 0.2) if state == 'leaking' else 0
    curve = []
    for tick in range(16):
        moment = tick - (stuck if tick > at else 0) * math.exp(-max(0, tick - at) / 6)
        closed = 1 / (1 + math.exp(-speed * (moment - at)))
        curve.append(8 - (8 - low) * closed + leak * max(0, tick - at) + chance.gauss(0, 0.12))
    return curve


def write(path, count, labelled=True):
    with open(os.path.join(here, path), 'w') as file:
        for at in range(count):
            state = states[at % 3]
            file.write(','.join([state] * labelled + [f'{each:.2f}' for each in pressures(state)]) + '\n')


write('train/valves.csv', 900)
write('validation/valves.csv', 240)
write('inference/valves.csv', 60, labelled=False)
