#pragma once

#include <fleetman/core/result.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// Reads the fields of one JSON object and notes everything that is wrong with them, each under its dotted path, so
// that a document's author sees all mistakes at once. A field that is null counts as absent.

namespace fleetman::model {

// Parses a bounded document: fails with too_large above `max_bytes`, with invalid for what is not JSON (RFC 8259) or is
// nested deeper than any document of ours. `what` names the document in messages.
result<boost::json::value> parse_json(std::string_view text, std::uint64_t max_bytes, std::string_view what);

// One error of many violations: "trigger.json: version: is missing; …".
error malformed(std::string_view what, std::vector<field_error> violations);

enum class need
{
    required,
    optional
};

class json_fields
{
public:
    // A value that is no object is itself the one violation, and every field reads as absent.
    json_fields(const boost::json::value& value, std::string path, std::vector<field_error>& violations);

    std::optional<std::string> text(std::string_view key, need how);
    // Like text(), but "" counts as absent: the original writes it for what was not given.
    std::optional<std::string> filled_text(std::string_view key);
    std::optional<bool> boolean(std::string_view key, need how);
    // Also of a number that is written with a fraction of zero.
    std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most, need how);
    const boost::json::array* array(std::string_view key, need how);
    const boost::json::object* object(std::string_view key, need how);
    // Texts only; what is none is a violation.
    std::optional<std::vector<std::string>> texts(std::string_view key, need how);

    // The field's text as `parse` sees it: a result<T>(std::string_view).
    template <class Parse>
    auto parsed(std::string_view key, need how, Parse parse)
    {
        using value_type = typename std::invoke_result_t<Parse, std::string_view>::value_type;
        std::optional<value_type> value;
        if (const std::optional<std::string> found = text(key, how)) {
            auto outcome = parse(std::string_view(*found));
            if (outcome)
                value.emplace(*std::move(outcome));
            else
                fail(key, outcome.error().message());
        }
        return value;
    }

    void fail(std::string_view key, std::string message);
    std::string path(std::string_view key) const;
    std::string path(std::string_view key, std::size_t index) const;

private:
    const boost::json::value* find(std::string_view key, need how);

    const boost::json::object* object_ = nullptr;
    std::string path_;
    std::vector<field_error>* violations_;
};

// The texts of an array; the path of a violation is `path` with the index.
std::vector<std::string> texts_of(
    const boost::json::array& array, const std::string& path, std::vector<field_error>& violations);

} // namespace fleetman::model
