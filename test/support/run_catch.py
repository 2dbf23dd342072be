"""Runs Catch2 programs side by side and counts test cases; a program that dies counts as one failed test more."""

import argparse
import concurrent.futures
import os
import re
import subprocess
import sys


def counts(output, exit_code):
    """(passed, failed) as the end of Catch2's console report tells; a report without an end is a crash."""
    passed = re.search(r"^All tests passed \(\d+ assertions? in (\d+) test cases?\)$", output, re.MULTILINE)
    if passed and exit_code == 0:
        return int(passed[1]), 0
    line = re.search(r"^test cases:(.*)$", output, re.MULTILINE)
    if not line:
        return 0, 1
    tally = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed)", line[1])}
    return tally.get("passed", 0), max(1, tally.get("failed", 0))


def run(program, tests, timeout):
    try:
        done = subprocess.run([program, *tests], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout)
        output, code = done.stdout.decode(errors="replace"), done.returncode
    except subprocess.TimeoutExpired as late:
        output, code = (late.stdout or b"").decode(errors="replace") + "\nno end within the time limit", -1
    return program, output, code, counts(output, code)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--tests", action="append", default=[], help="Catch2's choice of cases; all but hidden ones by default")
    options.add_argument("--timeout", type=int, default=300, help="seconds for each program")
    options.add_argument("programs", nargs="+")
    arguments = options.parse_args()

    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for program, output, code, (good, bad) in pool.map(
                lambda program: run(program, arguments.tests, arguments.timeout), arguments.programs):
            passed, failed = passed + good, failed + bad
            print(f"{os.path.basename(program)}: {good} passed, {bad} failed", flush=True)
            if bad:
                print(output[-20000:], f"exit code {code}", sep="\n", flush=True)
    if not passed:
        failed = max(1, failed)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
