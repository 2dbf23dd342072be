#pragma once

#include <fleetman/core/result.hpp>
#include <fleetman/s3/connection.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

// What the programs of benchmarks have in common: the bucket that their first arguments name, and one coroutine to run.

namespace fleetman::bench {

// ENDPOINT BUCKET ACCESS_KEY SECRET_KEY, in path style. Fails with invalid when the endpoint is none.
result<s3::connection> connection_of(std::span<char*> arguments);

// Each as a number. Fails with invalid.
result<std::vector<std::size_t>> numbers_of(std::span<char*> arguments);

// Runs the work alone on one thread, and says on standard error what became of it. The program's exit code.
int run_to_end(std::string_view program, task<result<void>> work);

} // namespace fleetman::bench
