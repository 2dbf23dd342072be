#pragma once

#include <fleetman/control/operations.hpp>

#include <map>
#include <string>
#include <string_view>

// Operations as lines of a file: one when it begins, one for each step that ends, one when it is cancelled and one when
// it ends. Pure.

namespace fleetman::control {

struct kept_operation
{
    operation value;
    bool cancelled = false;
    wall_time heard_of{}; // of its last line
};

using kept_operations = std::map<std::string, kept_operation, std::less<>>;

std::string begin_record(const operation& of);
std::string step_record(const operation& of, std::size_t index, wall_time when);
std::string cancel_record(const operation& of, wall_time when);
std::string end_record(const operation& of);

// All lines of one operation, each with its line end.
std::string all_records(const kept_operation& of);

// Reads one line into what is known; false when it cannot be understood.
bool take_record(kept_operations& known, std::string_view line);

} // namespace fleetman::control
