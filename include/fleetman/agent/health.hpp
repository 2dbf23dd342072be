#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/model/health_check.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// The health checks of a manifest, asked of the service that was just started.

namespace fleetman::agent {

struct check_account
{
    std::string user;
    std::string group;
};

// Where the checks of one release are run.
struct check_site
{
    std::filesystem::path live;           // the working directory of commands
    std::optional<check_account> account; // whom commands run as; nothing: as the agent itself, which is not root
};

struct health_checks
{
    std::vector<model::health_check> all{};
    check_site site{};
};

// One try, within the check's own timeout. Fails with what was seen instead of what was wanted.
//
// http: one GET. A certificate is not verified: the question is whether the service answers. Of the body, the first
// 64 KiB are looked at. exec: success is exit code 0. The command gets an environment of its own and nothing of the
// agent's; the last line of what it wrote is told.
task<result<void>> try_check(const model::health_check& check, const check_site& site);

// All of them beside one another, each until it has passed so many times in a row as it asks for. The first one that
// does not within its deadline is the failure: it is in `failure` at once, and returned when the others have ended.
task<result<void>> pass_checks(const health_checks& checks, clock& time, std::optional<error>& failure);

} // namespace fleetman::agent
