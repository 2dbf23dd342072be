#pragma once

#include <fleetman/core/result.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

// Reads the fields of a request's body, noting everything that is wrong with them. null counts as absent.

namespace fleetman::api {

class body_fields
{
public:
    explicit body_fields(const boost::json::object& body) : body_(&body) {}

    std::optional<std::string> text(std::string_view key);
    std::string required_text(std::string_view key);
    std::optional<bool> flag(std::string_view key);
    std::optional<std::uint64_t> number(std::string_view key);
    std::optional<std::vector<std::string>> texts(std::string_view key);
    bool is_null(std::string_view key) const;

    // A required text as `parse` understands it: a result<T>(std::string_view).
    template <class Parse>
    auto parsed(std::string_view key, Parse parse)
        -> std::optional<typename std::invoke_result_t<Parse, std::string_view>::value_type>
    {
        const std::optional<std::string> found = text(key);
        if (!found) {
            if (is_null(key))
                fail(key, "is missing");
            return std::nullopt;
        }
        auto value = parse(std::string_view(*found));
        if (value)
            return std::move(*value);
        fail(key, value.error().message());
        return std::nullopt;
    }

    void fail(std::string_view key, std::string message)
    {
        violations_.push_back({std::string(key), std::move(message)});
    }
    bool ok() const { return violations_.empty(); }
    // What was wrong, as one error.
    error failure() const;

private:
    const boost::json::value* find(std::string_view key) const;

    const boost::json::object* body_;
    std::vector<field_error> violations_;
};

} // namespace fleetman::api
