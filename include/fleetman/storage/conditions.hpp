#pragma once

#include <fleetman/storage/object_store.hpp>

#include <string>
#include <string_view>

// What a store does with the conditions of a write, found out by trying: stores differ more than their documents say,
// so nobody assumes. docs/providers.md has what was found.

namespace fleetman::storage {

// What becomes of a write whose condition does not hold.
enum class condition_support
{
    enforced, // the store refuses it
    ignored,  // it is done all the same: two writers can overwrite each other
    refused,  // the store does not take conditions at all
    unknown   // it was not found out
};

std::string_view to_string(condition_support value);

// What objects written for a trial hold.
inline constexpr std::string_view probe_text = "written to find out what the store does; safe to delete";

// A conditional put, twice: where its condition does not hold, and where it does.
struct condition_probe
{
    std::string taken_key;
    put_condition wrong;
    std::string free_key;
    put_condition right;
};

// Leaves objects at both keys. Fails as put() does, and with failed when the store refuses a write whose condition
// holds.
task<result<condition_support>> try_condition(object_store& store, condition_probe with);

struct conditions
{
    condition_support put_if_absent = condition_support::unknown;
    condition_support put_if_unchanged = condition_support::unknown;
    condition_support copy_if_unchanged = condition_support::unknown;

    bool operator==(const conditions&) const = default;
};

// On objects of its own beneath `scratch`, a key's beginning, which are removed again. Fails when the store cannot be
// written to.
task<result<conditions>> probe_conditions(object_store& store, std::string scratch);

} // namespace fleetman::storage
