#!/usr/bin/env python3
"""Compares a running stack with what real Supabase answered, and fails where a difference is not explained.

  check.py CONFORMANCE --env-file F [auth|rest|js …]

CONFORMANCE is the folder of the recorded answers and of their runner. The explanations are beside this file, one
list per suite: {"probe": …, "path": …, "why": …}, where * stands for any text. An explanation that explains nothing
any more is a failure too, unless it says "sometimes": true.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SUITES = ('auth', 'rest', 'js')


def pattern(text):
    return re.compile('.*'.join(map(re.escape, text.split('*'))), re.DOTALL)


class Explanation:
    def __init__(self, entry):
        if not entry.get('why'):
            sys.exit(f'an explanation without a "why": {entry}')
        self.text = f"{entry['probe']}   {entry['path']}"
        self.probe, self.path = pattern(entry['probe']), pattern(entry['path'])
        self.used = entry.get('sometimes', False)

    def explains(self, probe, path):
        if not (self.probe.fullmatch(probe) and self.path.fullmatch(path)):
            return False
        self.used = True
        return True


def differing(conformance, suite, env_file):
    """What the runner found: probe -> [(path, real, here)]."""
    ran = subprocess.run([sys.executable, conformance / 'run.py', suite, '--env-file', env_file, '--json'],
                         stdout=subprocess.PIPE, text=True)
    try:
        return json.loads(ran.stdout)[suite]['differing']
    except (ValueError, KeyError):
        sys.exit(f'the runner did not finish the suite {suite}: {ran.stdout}')


def check(suite, found):
    """The faults of one suite, each as the lines to print."""
    explanations = [Explanation(entry) for entry in json.loads((HERE / f'{suite}.json').read_text())]
    faults = []
    for probe, places in found.items():
        for path, real, here in places:
            # Each is asked, so that each one that explains something counts as used.
            if not any([explanation.explains(probe, path) for explanation in explanations]):
                faults.append(f'{probe}\n   {path}\n      real  {json.dumps(real)}\n      here  {json.dumps(here)}')
    faults += [f'no longer differs, remove it from {suite}.json: {one.text}' for one in explanations if not one.used]
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('conformance', type=pathlib.Path)
    parser.add_argument('suites', nargs='*', metavar='SUITE', help='all where none is named')
    parser.add_argument('--env-file', required=True, help='of a stack of its own: the probes add people and rows')
    args = parser.parse_args()
    failed = False
    for suite in args.suites or SUITES:
        found = differing(args.conformance, suite, args.env_file)
        faults = check(suite, found)
        print(f'conformance, {suite}: {len(found)} probes differ, {len(faults)} faults', flush=True)
        for fault in faults:
            print(f'## {fault}')
        failed = failed or bool(faults)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
