#pragma once

#include <fleetman/agent/deploy.hpp>
#include <fleetman/agent/record.hpp>

#include <optional>
#include <string>
#include <vector>

// Going back to a release on disk because an operator says so: the same steps as every switch, without the network.

namespace fleetman::agent {

// Where a cell is on this host, by what is on disk. Fails with not_found. Blocks.
result<cell_layout> find_cell(const settings& with, const model::cell_id& cell);

struct release_choice
{
    std::string name;
    model::version version;
    bool running = false; // it is the live one
};

// The releases that ran once, newest first. Blocks.
result<std::vector<release_choice>> release_choices(const cell_layout& layout);

// The record of the choice that `wanted` names: a release, or a version, of which the newest that is not live counts.
// Fails with not_found, or with conflict when it is the live one. Blocks.
result<release_record> choose_release(const cell_layout& layout, const std::string& wanted);

// What is known of the trigger that was last dealt with: it stays dealt with.
struct dealt_with
{
    std::optional<trigger_identity> trigger;
    std::optional<model::version> wanted; // what it names
};

// Switches to the chosen release and watches it; when it does not run, the one before is put back, as always. Fails
// before anything is touched: with conflict when a deployment was cut off and is not recovered yet, or as
// choose_release() does. The caller sees to it that nothing else works on the cell.
task<result<deploy_outcome>> roll_back(
    const host_access& host, cell_layout layout, std::string wanted, dealt_with before);

// A table with a header, for a terminal.
std::string as_table(const std::vector<release_choice>& choices);

} // namespace fleetman::agent
