#pragma once

#include <fleetman/bucket/location.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/storage/conditions.hpp>

#include <optional>
#include <string>
#include <vector>

// Whether a bucket connection can do what Fleetman needs, found out by doing it: under the prefix, on an object of
// its own, which is removed again.

namespace fleetman::control {

struct check_step
{
    std::string operation; // "list", "put", "put-if-absent", "put-if-unchanged", "get", "copy", "delete"
    milliseconds latency{};
    std::optional<error> failure;
};

using storage::condition_support;

struct store_check
{
    std::vector<check_step> steps;
    condition_support put_if_absent = condition_support::unknown;
    condition_support put_if_unchanged = condition_support::unknown;

    bool passed() const; // conditions need not be enforced
};

task<store_check> check_store(bucket::location at, clock& time);

} // namespace fleetman::control
