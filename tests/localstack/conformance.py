#!/usr/bin/env python3
"""Compares the running stack with real servers, as ../shared/conformance recorded them.

  conformance.py RUNNER ENV_FILE [SUITE …]

Differences that harm nobody stand in conformance.json with their reasons; any other fails, and so does one that
stands there and is gone.
"""
import fnmatch
import json
import pathlib
import subprocess
import sys

ALLOWED = json.loads(pathlib.Path(__file__).with_name('conformance.json').read_text())


def is_allowed(rule, name, found):
    """Whether a rule explains every place where a probe's answers differ."""
    paths = [path for path, _, _ in found]
    return fnmatch.fnmatchcase(name, rule['probe']) and all(
        any(fnmatch.fnmatchcase(path, allowed) for allowed in rule['paths']) for path in paths)


def compare(suite, runner, env_file):
    """The complaints about one suite."""
    ran = subprocess.run([runner, suite, '--env-file', env_file, '--json'], capture_output=True, text=True)
    if not ran.stdout:
        return [f'{suite}: the runner failed: {ran.stderr.strip()}']
    differing = json.loads(ran.stdout)[suite]['differing']
    rules, used, complaints = ALLOWED.get(suite, []), set(), []
    for name, found in differing.items():
        explaining = [at for at, rule in enumerate(rules) if is_allowed(rule, name, found)]
        used.update(explaining)
        if not explaining:
            complaints += [f'{suite}: {name}: {path}\n    real  {json.dumps(real)}\n    here  {json.dumps(here)}'
                           for path, real, here in found]
    complaints += [f"{suite}: nothing differs any more in {rule['probe']}: remove it from conformance.json"
                   for at, rule in enumerate(rules) if at not in used]
    print(f'{suite}: {len(differing)} differ, {len(differing) - len(complaints)} of them harmlessly')
    return complaints


def main():
    runner, env_file, *suites = sys.argv[1:]
    complaints = [complaint for suite in suites or [name for name in ALLOWED if name != '_']
                  for complaint in compare(suite, runner, env_file)]
    print('\n'.join(complaints))
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
