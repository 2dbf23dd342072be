#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/secret.hpp>
#include <fleetman/net/endpoint.hpp>

#include <cstddef>
#include <filesystem>
#include <string>

// Everything that makes a bucket reachable: where it is, who we are, and how patient we are.

namespace fleetman::s3 {

struct credentials
{
    std::string access_key;
    secret secret_key;
    secret session_token; // empty: none
};

struct connection
{
    net::endpoint endpoint;
    std::string region = "us-east-1";
    std::string bucket;
    bool path_style = true; // false: the bucket is the first label of the host
    credentials account;
    std::filesystem::path ca_file; // empty: the system's certificates

    unsigned attempts = 3; // in all
    milliseconds retry_delay{1000};
    milliseconds longest_delay{20'000};
    milliseconds connect_deadline{10'000};
    milliseconds idle_deadline{30'000};       // for each read and write
    milliseconds operation_deadline{120'000}; // for an operation whose body is in memory, retries included
    std::size_t connections = 128;
    std::size_t upload_connections = 48;     // of these, so that long uploads leave some for everything else
    milliseconds upload_patience{3'600'000}; // of an upload that waits for one of them
    std::size_t idle_connections = 32;
};

} // namespace fleetman::s3
