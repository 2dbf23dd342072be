#pragma once

#include <fleetman/model/names.hpp>
#include <fleetman/storage/object_store.hpp>

#include <cstdint>
#include <optional>
#include <string>

// Deciding what a cell needs, with no I/O at all. The agent's loop gathers the two arguments, asks plan(), performs the
// answer and reports it. Every rule about when to deploy is in this one function and its table of tests.

namespace fleetman::agent {

// Which writing of a trigger this is. Seconds alone do not tell two rewrites apart, an ETag does not tell two equal
// bodies apart, and the original's triggers have no id; together they do.
struct trigger_identity
{
    std::string etag;             // empty in what the original's state file remembers
    std::int64_t last_modified{}; // Unix seconds
    std::string id;               // empty in the original's triggers

    bool operator==(const trigger_identity&) const = default;
};

struct desired_state
{
    model::version version;
    trigger_identity trigger;
};

struct observed_state
{
    // The last trigger that was carried out, or failed for good; nothing when there is no memory of this bucket.
    std::optional<trigger_identity> handled;
    std::optional<model::version> active_version; // what is installed
};

enum class action
{
    none,
    adopt,  // what the trigger names is running already, and nobody asked for it anew: only remember the trigger
    deploy, // fetch, stage, switch, verify; of the same version too, when it was triggered again
};

action plan(const desired_state& want, const observed_state& have);

} // namespace fleetman::agent
