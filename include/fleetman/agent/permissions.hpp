#pragma once

#include <fleetman/bucket/location.hpp>
#include <fleetman/core/clock.hpp>

#include <optional>
#include <string>
#include <vector>

// What an agent must be allowed to do in its bucket: each of it tried, on the keys that it will use, so that a policy
// that is too narrow is found before a deployment is.

namespace fleetman::agent {

struct tried_permission
{
    std::string what;             // "write agents/node01.json"
    std::string needs;            // "s3:PutObject on prod/agents/node01.json"
    std::optional<error> refused; // what the store said, unless it allowed it
    std::string note;             // what an operator should hear even so
};

// Harmless beside a running agent: reports are written back as they are, under the condition that nobody changed them
// since; only where there is none yet, a new one is written. Ends early when the store cannot be reached.
task<std::vector<tried_permission>> try_permissions(bucket::location at, model::node_id node, clock& time);

// The policy that allows just this, in the JSON of AWS's IAM, which other stores understand too.
std::string policy_for(const std::string& bucket, const bucket::keyspace& keys, const model::node_id& node);

} // namespace fleetman::agent
