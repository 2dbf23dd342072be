"""Finds the areas, which are the folders beside this file, and runs the rows that were asked for."""

import importlib
import os
import pathlib
import signal
import sys
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e"), str(HERE.parent / "support")]

from measure import Report  # noqa: E402

LONGEST_ROW = 1200  # seconds; a row bounds itself, this ends one that hangs. A clean copy may have to build everything first


def area_names():
    return sorted(path.parent.name for path in HERE.glob("*/__init__.py"))


def rows_of(area):
    """{name: (title, function of a report)}, in the order of the area's table."""
    return importlib.import_module(area).ROWS


def show_list():
    for area in area_names():
        print(f"{area}:")
        for name, (title, _) in rows_of(area).items():
            print(f"  {name:12}{title}")


def out_of_time(*_):
    raise TimeoutError(f"not within {LONGEST_ROW} s")


def run_row(area, name):
    """True when it was measured and every bar is met."""
    title, measure = rows_of(area)[name]
    report = Report(f"{area}.{name}", title)
    signal.signal(signal.SIGALRM, out_of_time)
    signal.alarm(LONGEST_ROW)
    try:
        measure(report)
    except Exception:
        traceback.print_exc()
        print(f"\n{area} {name}: could not be measured")
        return False
    finally:
        signal.alarm(0)
    met = report.show()
    sys.stdout.flush()
    return met


def main(arguments):
    if arguments == ["--list"]:
        return show_list()
    if os.geteuid() != 0:
        sys.exit("nodes of their own need root")
    areas = arguments[:1] or area_names()
    if areas[0] not in area_names():
        sys.exit(f"no area {areas[0]}: {', '.join(area_names())}")
    wanted = [(area, name) for area in areas for name in arguments[1:] or rows_of(area)]
    for area, name in wanted:
        if name not in rows_of(area):
            sys.exit(f"{area} has no row {name}: {', '.join(rows_of(area))}")
    outcomes = [run_row(area, name) for area, name in wanted]
    print(f"\n{sum(outcomes)} of {len(outcomes)} rows meet their bars")
    sys.exit(0 if all(outcomes) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
