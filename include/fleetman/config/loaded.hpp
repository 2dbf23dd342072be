#pragma once

#include <string>
#include <vector>

// What a configuration file gave: the values, and what a person should hear about it all the same.

namespace fleetman::config {

template <class T>
struct loaded
{
    T value;
    // Ready to be logged, a line each: "controller_config.yaml:12: buckets.prod.regoin: is not known and is ignored".
    std::vector<std::string> warnings;
};

} // namespace fleetman::config
