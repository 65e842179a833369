"""The model: loads the tree that `train` wrote and labels CSV rows with it."""
import csv
import io
import os
import pickle
import sys
from pathlib import Path

FEATURES = 4
MODEL = Path(os.environ.get('ML_ROOT', '/opt/ml')) / 'model/decision-tree.pkl'

if not MODEL.exists():
    sys.exit(f'no model: {MODEL} is missing; start this image with the model.tar.gz that its own training wrote')
tree = pickle.loads(MODEL.read_bytes())


def predict(text):
    """One label for each row of four features; ValueError names the first row that is not one."""
    rows = [parse(record, number) for number, record in enumerate(csv.reader(io.StringIO(text)), 1) if record]
    if not rows:
        raise ValueError('the body holds no row; send four comma-separated numbers a line')
    return [str(label) for label in tree.predict(rows)]


def parse(record, number):
    if len(record) != FEATURES:
        raise ValueError(f'row {number} has {len(record)} values; expected the {FEATURES} features, without a label')
    try:
        return [float(value) for value in record]
    except ValueError as error:
        raise ValueError(f'row {number}: {error}') from None
