"""Writes the sample data: who left a telephone company, by contract, months with it, monthly fee and calls for help. Made up."""
import csv
import os
import random

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data')
chance = random.Random(5)


def row():
    contract = chance.choice(['month', 'month', 'year', 'two-years'])
    months, fee, calls = chance.randrange(1, 73), round(chance.uniform(8, 60), 2), min(9, int(chance.expovariate(0.8)))
    risk = 0.05 + (0.35 if contract == 'month' else 0) + (0.3 if months < 12 else 0) + 0.09 * calls + (0.15 if fee > 45 else 0)
    return ['left' if risk + chance.gauss(0, 0.1) > 0.5 else 'stayed', contract, months, fee, calls]


def write(name, count, first=0):
    with open(os.path.join(here, name), 'w', newline='') as file:
        csv.writer(file, lineterminator='\n').writerows(row()[first:] for _ in range(count))


write('training/customers.csv', 600)
write('inference/customers.csv', 80, first=1)
