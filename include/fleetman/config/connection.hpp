#pragma once

#include <fleetman/core/secret.hpp>
#include <fleetman/model/names.hpp>

#include <chrono>
#include <optional>
#include <string>

// How to reach a bucket, as both programs' configurations say it.

namespace fleetman::config {

struct bucket_connection
{
    std::string bucket;   // its name in the store
    std::string endpoint; // "https://s3.example.net", with a port when it is not the scheme's
    std::string access_key;
    secret secret_key;
    bool path_style = false; // false: virtual-hosted style
    model::key_prefix prefix;

    std::string region = "us-east-1";
    std::optional<secret> session_token;
    std::optional<std::string> ca_file; // PEM; in place of the system's authorities

    bool operator==(const bucket_connection&) const = default;
};

// How often a request to a store is tried.
struct retry_settings
{
    unsigned attempts = 3; // in all, at least 1
    std::chrono::milliseconds delay{1000};

    bool operator==(const retry_settings&) const = default;
};

} // namespace fleetman::config
