"""Every command of the README, run in order, in one shell, on a clean copy of the repository."""

import re

import pytest

from clone import Clone
from processes import REPOSITORY

README = (REPOSITORY / "README.md").read_text()


def blocks():
    """(heading above it, the commands) of each block that is marked as shell."""
    heading = ""
    for part in re.finditer(r"^#+ ([^\n]*)$|^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL):
        heading = part[1] or heading
        if part[2] is not None:
            yield heading, part[2]


BLOCKS = list(blocks())
NAMES = [f"{number}. {heading}" for number, (heading, _) in enumerate(BLOCKS, 1)]

# What a block must have printed, beyond having succeeded.
EXPECTED = {
    'curl "$SERVICE_URL"': ['"version": "v1.0.0"', "Hello from node01"],
    'curl "$api/agents"': ["node01", '"active"', "v1.0.0"],
    "v1.1.0/publish": ['"succeeded"', "v1.1.0"],
    "--data-binary @settings.ini": ["settings.ini"],
    "v1.2.0/publish": ['"failed"', "cannot open the database", '"running_version":"v1.1.0"'],
    "aws ": ["agents/node01.json", "cells/node01/hello/status.json", "deployments/hello/v1.0.0/run.sh"],
    "--status": ["controller: running", "cell hello: v1.1.0"],
}


@pytest.fixture(scope="module")
def clone(clone_folder):
    made = Clone(clone_folder)
    yield made
    made.run("./quickstart", "--stop", timeout=90)


@pytest.fixture(scope="module")
def outputs(clone):
    """What each block printed, until one failed; the last entry then ends with what went wrong."""
    # curl in a README needs no options for scripts; here a refusal must fail the block.
    script = ["curl() { command curl -sS --fail-with-body --max-time 100 \"$@\"; }", "set -euo pipefail"]
    for number, (_, commands) in enumerate(BLOCKS):
        script += [f"echo '<<{number}>>'", commands if "./check" not in commands else ":"]
    done = clone.run("bash", "-c", "\n".join([*script, "echo '<<end>>'"]))
    parts = re.split(r"<<(?:\d+|end)>>\n", done.stdout)[1:]
    return parts[:-1] if done.returncode == 0 else [*parts[:-1], RuntimeError(parts[-1] if parts else done.stdout)]


@pytest.mark.timeout(900)
@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=NAMES)
def test_the_commands_do_what_the_readme_says(outputs, number):
    assert number < len(outputs), "an earlier block failed"
    output = outputs[number]
    if isinstance(output, RuntimeError):
        raise output
    for marker, wanted in EXPECTED.items():
        if marker in BLOCKS[number][1]:
            compact = re.sub(r'":\s+', '":', output)
            for text in wanted:
                assert text in output or text in compact


def test_each_expectation_belongs_to_a_block():
    for marker in EXPECTED:
        assert any(marker in commands for _, commands in BLOCKS), marker


def test_the_suites_that_it_names_exist(clone):
    """All of ./check is not run by a test that it runs; the next test runs a suite."""
    shown = clone.run("./check", "--help").stdout
    for _, commands in BLOCKS:
        for line in commands.splitlines():
            if line.startswith("./check"):
                assert all(re.search(rf"\b{re.escape(name)} ", shown) for name in line.split()[1:]), line


@pytest.mark.timeout(300)
def test_check_runs_a_suite_and_counts(clone):
    clone.run("git", "init", "--quiet")
    clone.run("git", "add", "check", "quickstart", "tools")
    done = clone.run("./check", "shell")
    assert done.returncode == 0, done.stdout
    assert re.fullmatch(r"[1-9]\d* passed, 0 failed", done.stdout.splitlines()[-1])
    (clone.folder / "tools/broken.sh").write_text("# shellcheck shell=bash\necho $unquoted\n")
    clone.run("git", "add", "tools/broken.sh")
    done = clone.run("./check", "shell")
    assert done.returncode == 1
    assert "SC2086" in done.stdout
    assert re.fullmatch(r"[1-9]\d* passed, 1 failed", done.stdout.splitlines()[-1])


def test_the_files_that_it_points_to_exist():
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert targets
    for target in targets:
        assert (REPOSITORY / target).exists(), target
