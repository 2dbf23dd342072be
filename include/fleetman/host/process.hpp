#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/result.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// Runs a program to its end: an argument list, never a shell; no descriptor of ours inherited; bounded in time and in
// what is kept of its output.

namespace fleetman::host {

struct command
{
    std::vector<std::string> arguments; // [0] is the program's path
    milliseconds deadline = std::chrono::seconds(60);
    std::size_t max_output =
        std::size_t{1024} * 1024;              // bytes kept of each of its two outputs; the rest is read and dropped
    std::filesystem::path working_directory{}; // empty: ours

    std::string str() const; // for messages: the arguments with blanks between
};

struct outcome
{
    int exit_code = 0; // meaningful when signal is 0
    int signal = 0;    // what killed it, else 0
    bool timed_out = false;
    bool truncated = false; // it wrote more than max_output
    std::string out;
    std::string err;

    bool succeeded() const { return exit_code == 0 && signal == 0 && !timed_out; }
    // "exit code 3", "killed by signal 9", "no answer within its deadline", with the end of what it wrote.
    std::string describe() const;
};

// The program gets its own process group, default signals, LC_ALL=C, /dev/null as input. At the deadline the group is
// sent TERM, after a grace KILL; whatever is left of the group when the program has ended is killed too. Fails with
// not_found or denied when the program cannot be run, with cancelled when the caller is cancelled (the group is killed
// then). A non-zero exit is not a failure here: look at the outcome.
task<result<outcome>> run(command what);

// The same, with any outcome but success as an error (failed, or unavailable past the deadline); returns its output.
task<result<std::string>> run_or_fail(command what);

} // namespace fleetman::host
