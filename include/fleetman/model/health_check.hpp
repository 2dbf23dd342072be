#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/result.hpp>

#include <boost/json/array.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// How an agent finds out whether a service that runs also works: `health` of a manifest. A field of ours, which the
// original neither writes nor heeds.

namespace fleetman::model {

// An http or https URL, or HOST:PORT, as its parts.
struct check_target
{
    bool tls = false;
    std::string host; // a name or an address, without brackets
    std::uint16_t port{};
    std::string path; // with the query; empty for HOST:PORT
};

// No user, no fragment, nothing that could change a request's head.
result<check_target> parse_check_url(std::string_view url);
result<check_target> parse_check_address(std::string_view address);

struct http_check
{
    std::string url;
    std::optional<std::uint16_t> status; // absent: any 2xx
    std::string body_contains;           // empty: whatever the body is

    bool operator==(const http_check&) const = default;
};

struct tcp_check
{
    std::string address;

    bool operator==(const tcp_check&) const = default;
};

struct exec_check
{
    std::vector<std::string> command; // [0] is the program; never a shell

    bool operator==(const exec_check&) const = default;
};

struct health_check
{
    std::variant<http_check, tcp_check, exec_check> probe;
    milliseconds interval = std::chrono::seconds(1);  // between two tries
    milliseconds timeout = std::chrono::seconds(5);   // of one try
    milliseconds deadline = std::chrono::seconds(60); // from when the service is up to the last try that counts
    std::uint32_t successes = 1;                      // in a row

    // "http http://127.0.0.1:8080/health", for messages.
    std::string str() const;

    bool operator==(const health_check&) const = default;
};

inline constexpr std::size_t most_health_checks = 16; // of one manifest

boost::json::array to_json(const std::vector<health_check>& checks);

} // namespace fleetman::model
