#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/net/endpoint.hpp>
#include <fleetman/net/proxy.hpp>
#include <fleetman/s3/credentials.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

// Everything that makes a bucket reachable: where it is, who we are, and how patient we are.

namespace fleetman::s3 {

struct connection
{
    net::endpoint endpoint;
    std::string region = "us-east-1";
    std::string bucket;
    bool path_style = true; // false: the bucket is the first label of the host
    credentials account;
    std::shared_ptr<credential_source> account_source; // instead of `account`, when there is one
    std::filesystem::path ca_file;                     // empty: the system's certificates
    std::optional<net::proxy> proxy;                   // that TLS passes through

    unsigned attempts = 3; // in all
    milliseconds retry_delay{1000};
    milliseconds longest_delay{20'000};
    milliseconds connect_deadline{10'000};
    milliseconds idle_deadline{30'000}; // for each read and write
    // For an operation whose body is in memory, retries included: and a second more for each 16 KiB that it sends.
    milliseconds operation_deadline{120'000};
    std::size_t connections = 128;
    std::size_t upload_connections = 48;     // of these, so that long uploads leave some for everything else
    milliseconds upload_patience{3'600'000}; // of an upload that waits for one of them
    std::size_t idle_connections = 32;
    std::uint64_t least_bytes_an_idle_deadline = 4096; // a body that comes slower than this is given up

    // Large objects move in parts, several at a time: `parts_at_once` buffers are all that a connection has for it.
    std::uint64_t put_whole_up_to = std::uint64_t{128} << 20;
    std::uint64_t put_part_bytes = std::uint64_t{8} << 20; // 5 MiB or more for most stores
    std::uint64_t get_part_bytes = std::uint64_t{4} << 20;
    std::uint64_t copy_part_bytes = std::uint64_t{512} << 20;
    std::size_t parts_at_once = 4;
};

} // namespace fleetman::s3
