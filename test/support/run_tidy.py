"""Runs clang-tidy over lib/ and apps/, several files of a folder as one translation unit.

Nearly all of clang-tidy's time goes into Asio's and the standard library's headers, so reading them once for a handful of
files is several times faster than once for each. Files put together can collide in their anonymous namespaces, so a
finding in a group decides nothing: the files that it names are read alone, and the others together once more. The
precompiled header is left out."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

CONFIG = ".clang-tidy"
FILES_IN_A_GROUP = 6
# Sees .cpp files included by the translation unit that we make up.
GROUP_CHECKS = "-bugprone-suspicious-include"


def compile_commands(build, wanted):
    """{file: arguments without the precompiled header, the output and the file}."""
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if entry["file"] in wanted:
            command = re.sub(r"-Winvalid-pch|-Xclang -include(-pch)? -Xclang \S+", "", entry["command"])
            commands[entry["file"]] = re.sub(r" -o \S+ -c \S+$", "", command)
    return commands


def groups(commands):
    """Files of one folder whose commands agree, at most FILES_IN_A_GROUP together."""
    alike = {}
    for file, command in sorted(commands.items()):
        alike.setdefault((os.path.dirname(file), command), []).append(file)
    for files in alike.values():
        count = -(-len(files) // FILES_IN_A_GROUP)
        yield from (files[start::count] for start in range(count))


class Reader:
    def __init__(self, folder, commands):
        self.folder, self.commands = folder, commands

    def findings(self, name, files, *options):
        """What clang-tidy says of these files as one; empty when it is content."""
        work = self.folder / name
        work.mkdir()
        source = files[0]
        if len(files) > 1:
            source = str(work / "group.cpp")
            pathlib.Path(source).write_text("".join(f'#include "{file}"\n' for file in files))
        command = f"{self.commands[files[0]]} -I{os.path.dirname(files[0])} -c {source}"
        (work / "compile_commands.json").write_text(json.dumps([{"directory": str(work), "file": source, "command": command}]))
        done = subprocess.run(["clang-tidy-19", "--quiet", f"--config-file={os.path.abspath(CONFIG)}", "-p", work, *options, source], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)
        if done.returncode == 0:
            return ""
        return done.stdout + re.sub(r"^\d+ warnings? generated\.\n", "", done.stderr, flags=re.MULTILINE)

    def failures(self, number, files):
        """The findings of each file that has some."""
        alone, together = [], files
        while len(together) > 1:
            findings = self.findings(f"group{number}-{len(together)}", together, f"--checks={GROUP_CHECKS}")
            found_in = set(re.findall(r"^(\S+?):\d+:\d+: (?:error|warning):", findings, flags=re.MULTILINE))
            named = [file for file in together if file in found_in]
            if findings and not named:
                named = together
            alone += named
            together = [file for file in together if file not in named] if findings else []
        single = (self.findings(f"file{number}-{index}", [file]) for index, file in enumerate(alone + together))
        return [text for text in single if text]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--build", type=pathlib.Path, required=True)
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("files", nargs="+")
    arguments = options.parse_args()

    wanted = {os.path.abspath(file) for file in arguments.files}
    commands = compile_commands(arguments.build, wanted)
    unknown = sorted(wanted - commands.keys())
    for file in unknown:
        print(f"{file} is not part of the build")
    failed = len(unknown)
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        reader = Reader(pathlib.Path(folder), commands)
        for texts in pool.map(reader.failures, range(len(commands)), groups(commands)):
            failed += len(texts)
            print(*texts, sep="", end="", flush=True)
    print(f"{len(wanted) - failed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
