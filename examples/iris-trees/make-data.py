#!/usr/bin/env python3
"""Writes data/training/iris.csv (label first) and data/inference/iris.csv (features only) from scikit-learn's copy of Iris."""
import csv
from pathlib import Path

from sklearn.datasets import load_iris

data = Path(__file__).parent / 'data'
iris = load_iris()


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open('w', newline='') as out:
        csv.writer(out, lineterminator='\n').writerows(rows)


write(
    data / 'training/iris.csv',
    [[iris.target_names[label], *features] for label, features in zip(iris.target, iris.data.tolist())],
)
write(data / 'inference/iris.csv', iris.data.tolist())
