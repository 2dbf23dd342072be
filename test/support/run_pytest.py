"""Runs pytest and counts. A skipped test and an error in a fixture are failures."""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree


def counts(report):
    """(passed, failed) of a JUnit report: each case that holds anything but output did not pass."""
    passed = failed = 0
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        bad = [part for part in case if part.tag in ("failure", "error", "skipped")]
        passed, failed = passed + (not bad), failed + bool(bad)
        for part in bad:
            print(f"{part.tag}: {case.get('classname')}.{case.get('name')}: {(part.get('message') or '')[:300]}")
    return passed, failed


def main():
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider",
                               "--junitxml", report.name, *sys.argv[1:]])
        try:
            passed, failed = counts(report.name)
        except xml.etree.ElementTree.ParseError:
            passed, failed = 0, 1
    if done.returncode != 0:
        failed = max(1, failed)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
