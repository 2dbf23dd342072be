#pragma once

#include <fleetman/control/services.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

// GET /metrics: the controller in numbers, for Prometheus.

namespace fleetman::api {

// How many requests of a method and a route (its pattern; empty: no route) were answered with which status.
using request_tally = std::map<std::tuple<std::string_view, std::string_view, unsigned>, std::uint64_t>;

std::string metrics(control::services& app, const request_tally& answered, std::string_view version);

} // namespace fleetman::api
