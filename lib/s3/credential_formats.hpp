#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/s3/credentials.hpp>

#include <optional>
#include <string>
#include <string_view>

// The two forms in which credentials are written down for S3 clients, read strictly: what becomes a part of a header is
// checked here.

namespace fleetman::s3 {

// The profile of a shared credentials file: sections in brackets, "name = value" lines, comments with "#" or ";".
// Fails with not_found when there is no such profile, and invalid when it lacks a key. Messages hold no value.
result<credentials> parse_profile(std::string_view file, std::string_view profile);

struct passing_credentials
{
    credentials account;
    std::optional<wall_time> expires; // nothing: they hold for good
};

// The document that instance and container endpoints answer with. Fails with invalid.
result<passing_credentials> parse_service_answer(std::string_view json);

// Without the line ends and blanks that no header can carry.
bool is_usable(const credentials& account);

} // namespace fleetman::s3
