"""Writes the sample data: consignments and what a haulier asked for them. Made up."""
import os
import random

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data')
chance = random.Random(71)


def consignment():
    """(price, weight in kg, volume in m³, distance in km, days, whether it is fragile)"""
    weight, volume = round(chance.expovariate(1 / 400) + 5, 1), round(chance.expovariate(1 / 2) + 0.1, 2)
    distance, days, fragile = round(chance.uniform(10, 1400), 1), chance.randrange(1, 8), int(chance.random() < 0.2)
    charged = max(weight, 200 * volume)
    price = 25 + 0.0006 * charged * distance ** 0.8 + 0.12 * distance
    price *= (1.9 if days == 1 else 1.3 if days == 2 else 1) * (1.25 if fragile else 1)
    return [round(price * chance.gauss(1, 0.04), 2), weight, volume, distance, days, fragile]


def write(path, count, first=0):
    with open(os.path.join(here, path), 'w') as file:
        for _ in range(count):
            file.write(','.join(map(str, consignment()[first:])) + '\n')


write('train/consignments.csv', 1500)
write('validation/consignments.csv', 400)
write('inference/consignments.csv', 90, first=1)
