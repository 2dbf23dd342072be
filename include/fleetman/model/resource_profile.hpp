#pragma once

#include <fleetman/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Named limits for services, written into a generated app.service (systemd.resource-control(5)).

namespace fleetman::model {

struct resource_profile
{
    std::optional<std::string> cpu;    // "500m": thousandths of a core, at least 100m
    std::optional<std::string> memory; // "512MiB": at least 5 MiB
    std::string memory_swap = "0b";
    std::uint32_t io_weight = 100; // 1..10000

    bool operator==(const resource_profile&) const = default;
};

// "512MiB" → 536870912: an integer with optional k m g (decimal) or ki mi gi (binary) and optional b, in any case.
result<std::uint64_t> parse_byte_size(std::string_view text);
// "125m" → "12.5%", as CPUQuota= wants it.
result<std::string> cpu_quota(std::string_view cpu);

std::vector<field_error> violations(const resource_profile& value);

// "CPUQuota=…", "MemoryMax=…", "MemorySwapMax=…", "IOWeight=…", a line each.
result<std::string> unit_limits(const resource_profile& value);

} // namespace fleetman::model
