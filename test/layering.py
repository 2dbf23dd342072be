#!/usr/bin/python3
"""Holds the sources to the module table in CMakeLists.txt.

A file may include its own module's headers and those of the modules that its own depends on, directly or not; lib/ may use
a folder's private headers only from that folder; third-party libraries are used where the table names them. Every public
header compiles alone, twice in a row. Prints each breach, ends with "N passed, N failed".
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)

# Libraries that only the modules that name them in the table may use; Boost.Asio and the like are everyone's.
RESERVED = {
    "yaml-cpp/": "yaml-cpp",
    "pugixml.hpp": "pugixml::pugixml",
    "sqlite3.h": "SQLite::SQLite3",
    "openssl/ssl.h": "OpenSSL::SSL",
    "crypt.h": "Fleetman::crypt",
    "boost/url": "Boost::url",
}
FLAGS = "-std=c++20 -O0 -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Werror " \
    "-Wno-missing-designated-field-initializers " \
    "-DBOOST_ASIO_SEPARATE_COMPILATION -DBOOST_ASIO_NO_DEPRECATED -DBOOST_BEAST_SEPARATE_COMPILATION"


def module_table():
    """{module: everything that it may use, itself included}, with the libraries that it names."""
    text = (TOP / "CMakeLists.txt").read_text(encoding="utf-8")
    direct = {name: needs.split() for name, needs in re.findall(r"^fleetman_library\((\w+) DEPENDS ([^)]*)\)", text, re.M)}

    def closure(name, seen):
        for need in [name, *direct.get(name, [])]:
            if need not in seen:
                seen.add(need)
                closure(need, seen)
        return seen

    return {name: closure(name, set()) for name in direct}


def module_of(path):
    """The module that a source file of lib/ or include/ belongs to."""
    parts = path.relative_to(TOP).parts
    return parts[1] if parts[0] == "lib" else parts[2]


def breaches_of(path, table):
    module = module_of(path)
    source = COMMENT.sub("", path.read_text(encoding="utf-8"))
    for kind, name in INCLUDE.findall(source):
        where = f"{path.relative_to(TOP)}: includes {name}"
        if kind == '"':
            if "/" in name or not (path.parent / name).is_file():
                yield f"{where}, which is no private header of its own folder"
            continue
        if name.startswith("fleetman/"):
            other = name.split("/")[1]
            if not (TOP / "include" / name).is_file():
                yield f"{where}, which does not exist"
            elif other not in table[module]:
                yield f"{where}, but {module} may not use {other}"
        for prefix, library in RESERVED.items():
            if name.startswith(prefix) and library not in table[module]:
                yield f"{where}, but {module} does not name {library} in CMakeLists.txt"


def included_modules(table):
    """Each file's breaches; a file of an unknown folder is one itself."""
    for path in sorted([*(TOP / "lib").rglob("*.?pp"), *(TOP / "include").rglob("*.hpp")]):
        module = module_of(path)
        if module == "boost":
            continue
        if module not in table:
            yield path, [f"{path.relative_to(TOP)}: there is no module {module} in CMakeLists.txt"]
        else:
            yield path, list(breaches_of(path, table))


def compile_alone(header, folder, compiler):
    """What the compiler says about a header that is included first, and once more."""
    name = header.relative_to(TOP / "include")
    source = folder / (str(name).replace("/", "_") + ".cpp")
    line = f"#include <{name}>\n"
    if not source.is_file() or source.read_text(encoding="utf-8") != line * 2:
        source.write_text(line * 2, encoding="utf-8")
    ran = subprocess.run(
        [*compiler, *FLAGS.split(), "-I", str(TOP / "include"), "-c", str(source), "-o", str(source.with_suffix(".o"))],
        capture_output=True, text=True, check=False, timeout=300)
    return header, "" if ran.returncode == 0 else f"{header.relative_to(TOP)}: does not compile alone\n{ran.stderr}"


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--no-compile", action="store_true", help="only the includes, in a second")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--build", default="build/layering", help="where objects go")
    chosen = options.parse_args()

    found, checked = [], 0
    for _, breaches in included_modules(module_table()):
        checked += 1
        found += breaches
    if not chosen.no_compile:
        folder = TOP / chosen.build
        folder.mkdir(parents=True, exist_ok=True)
        compiler = ["ccache"] * bool(shutil.which("ccache")) + [os.environ.get("CXX", "clang++-19")]
        headers = sorted((TOP / "include").rglob("*.hpp"))
        with concurrent.futures.ThreadPoolExecutor(chosen.jobs) as pool:
            for _, fault in pool.map(lambda header: compile_alone(header, folder, compiler), headers):
                checked += 1
                found += [fault] * bool(fault)
    for breach in found:
        print(breach)
    failed = min(len(found), checked)
    print(f"{checked - failed} passed, {failed} failed" if checked else "0 passed, 1 failed")
    return 1 if found or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
