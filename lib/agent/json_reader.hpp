#pragma once

#include <fleetman/core/result.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Reads our own documents on this host: leniently, since a damaged one must not stop the agent. What is missing or of
// another type has its default.

namespace fleetman::agent {

inline result<boost::json::object> parse_object(std::string_view json, const std::string& named)
{
    boost::system::error_code failure;
    boost::json::value document = boost::json::parse(json, failure);
    if (failure || !document.is_object())
        return error(errc::invalid, named + " is not a JSON object");
    return std::move(document.as_object());
}

inline std::string text_at(const boost::json::object& in, std::string_view key)
{
    const boost::json::value* found = in.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}

inline bool flag_at(const boost::json::object& in, std::string_view key)
{
    const boost::json::value* found = in.if_contains(key);
    return found != nullptr && found->is_bool() && found->as_bool();
}

inline std::int64_t number_at(const boost::json::object& in, std::string_view key)
{
    const boost::json::value* found = in.if_contains(key);
    return found != nullptr && found->is_int64() ? found->as_int64() : 0;
}

inline std::vector<std::string> texts_at(const boost::json::object& in, std::string_view key)
{
    std::vector<std::string> all;
    const boost::json::value* found = in.if_contains(key);
    if (found != nullptr && found->is_array())
        for (const boost::json::value& each : found->get_array())
            if (each.is_string())
                all.emplace_back(each.get_string());
    return all;
}

} // namespace fleetman::agent
