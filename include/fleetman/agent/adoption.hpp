#pragma once

#include <fleetman/agent/deploy.hpp>

// Whether a trigger of a bucket that the agent has no memory of names what runs here already.

namespace fleetman::agent {

// The version is the same; are the contents, as far as their manifests tell? A version that was deleted and built anew
// has another manifest. A release that the original left has none to compare. Fails when the store does not answer:
// then nobody knows.
task<result<bool>> names_what_runs(const host_access& host, bucket::location at, deploy_request request);

} // namespace fleetman::agent
