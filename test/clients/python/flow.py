"""Flows of a client, each a row of steps. What came of every step is written to the file RESULTS, one JSON object a line.

A step that this installation does not serve says so: `step('…', no='why', error='what the client shows')` holds only while its body
fails with these words.
"""
import contextlib
import json
import os
import re
import time
import traceback

_sleep = time.sleep
# The SDKs look every five to thirty seconds whether a job has ended; these end within a few.
time.sleep = lambda seconds: _sleep(min(seconds, 0.5))

SETTING = json.loads(os.environ['SETTING'])
ROLE, BUCKET, IMAGE, ALGORITHM = (SETTING[name] for name in ('role', 'bucket', 'image', 'algorithm'))
INSTANCE = 'ml.m5.large'

_flows = []


class _Ended(Exception):
    """A step has failed: those that follow in its flow would only fail after it."""


def flow(title):
    def keep(run):
        _flows.append((title, run))
        return run
    return keep


def _steps_of(title, tell):
    @contextlib.contextmanager
    def step(name, no=None, error=None):
        began = time.monotonic()
        outcome = {'flow': title, 'step': name, 'no': no}
        try:
            yield
        except Exception as problem:
            words = f'{type(problem).__name__}: {problem}'
            expected = no is not None and re.search(error, words, re.S)
            tell({**outcome, 'ok': bool(expected), 'error': words, 'trace': traceback.format_exc(), 'seconds': time.monotonic() - began})
            if not expected:
                raise _Ended from None
        else:
            works = no is None
            tell({**outcome, 'ok': works, 'error': None if works else 'it works', 'seconds': time.monotonic() - began})
    return step


def main():
    wanted = os.environ.get('FLOW', '')
    with open(os.environ['RESULTS'], 'a') as results:
        def tell(outcome):
            results.write(json.dumps(outcome) + '\n')
            results.flush()
        for title, run in _flows:
            if wanted not in title:
                continue
            try:
                run(_steps_of(title, tell))
            except _Ended:
                pass
            except Exception as problem:
                tell({'flow': title, 'step': 'between the steps', 'no': None, 'ok': False, 'error': repr(problem), 'trace': traceback.format_exc(), 'seconds': 0})


def name(prefix):
    """A name that no other run has taken."""
    return f'{prefix}-{os.getpid()}-{int(time.time() * 1000) % 10_000_000}'


def holds(condition, what):
    if not condition:
        raise AssertionError(what)
