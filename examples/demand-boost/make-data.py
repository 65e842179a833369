"""Writes the sample data: what a city's hire bicycles are asked for, by hour, weekday, temperature, wind and holiday. Made up."""
import csv
import math
import os
import random

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'data')
chance = random.Random(11)


def row():
    hour, weekday = chance.randrange(24), chance.randrange(7)
    temperature, wind = round(chance.uniform(-5, 32), 1), round(chance.expovariate(1 / 12), 1)
    holiday = int(chance.random() < 0.04)
    works = weekday < 5 and not holiday
    peaks = math.exp(-((hour - 8) ** 2) / 4) + math.exp(-((hour - 17.5) ** 2) / 6)
    leisure = math.exp(-((hour - 14) ** 2) / 18)
    demand = (180 * peaks if works else 150 * leisure) * max(0.1, 1 - abs(temperature - 21) / 30) * math.exp(-wind / 60)
    return [round(max(0, demand + chance.gauss(4, 3))), hour, weekday, temperature, wind, holiday]


def write(name, count, first=0):
    with open(os.path.join(here, name), 'w', newline='') as file:
        csv.writer(file, lineterminator='\n').writerows(row()[first:] for _ in range(count))


# Two files, so that two hosts have one each.
write('train/spring.csv', 700)
write('train/autumn.csv', 700)
write('validation/demand.csv', 300)
write('inference/hours.csv', 120, first=1)
