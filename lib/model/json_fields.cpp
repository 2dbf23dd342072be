#include "json_fields.hpp"

#include <fleetman/core/text.hpp>

#include <boost/json/parse.hpp>

#include <cmath>
#include <limits>

namespace fleetman::model {
namespace json = boost::json;
namespace {

constexpr std::size_t deepest = 16;          // our documents need 5
constexpr std::size_t violations_shown = 20; // in the message; fields() has all

std::string_view kind_of(const json::value& value)
{
    switch (value.kind()) {
    case json::kind::null: return "null";
    case json::kind::bool_: return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_: return "a number";
    case json::kind::string: return "text";
    case json::kind::array: return "a list";
    case json::kind::object: return "an object";
    }
    return "something else";
}

std::string must_be(std::string_view wanted, const json::value& found)
{
    return "must be " + std::string(wanted) + ", found " + std::string(kind_of(found));
}

std::optional<std::int64_t> whole_number(const json::value& value)
{
    constexpr double limit = 9007199254740992.0; // 2^53: above it, a double names no single integer
    if (value.is_int64())
        return value.get_int64();
    if (value.is_double()) {
        const double number = value.get_double();
        if (std::trunc(number) == number && std::fabs(number) <= limit)
            return static_cast<std::int64_t>(number);
    }
    return std::nullopt;
}

} // namespace

result<json::value> parse_json(std::string_view text, std::uint64_t max_bytes, std::string_view what)
{
    if (text.size() > max_bytes)
        return error(
            errc::too_large, std::string(what) + " has more than " + std::to_string(max_bytes) + " bytes, its limit");
    json::parse_options options;
    options.max_depth = deepest;
    json::error_code fault;
    json::value value = json::parse({text.data(), text.size()}, fault, {}, options);
    if (fault)
        return error(errc::invalid, std::string(what) + " is not valid JSON: " + fault.message());
    return value;
}

error malformed(std::string_view what, std::vector<field_error> violations)
{
    std::string message(what);
    std::string_view separator = ": ";
    for (std::size_t i = 0; i < violations.size() && i < violations_shown; ++i) {
        message += separator;
        if (!violations[i].field.empty())
            message += violations[i].field + ": ";
        message += violations[i].message;
        separator = "; ";
    }
    if (violations.size() > violations_shown)
        message += "; and " + std::to_string(violations.size() - violations_shown) + " more";
    return error::violations(std::move(message), std::move(violations));
}

json_fields::json_fields(const json::value& value, std::string path, std::vector<field_error>& violations)
    : object_(value.if_object()), path_(std::move(path)), violations_(&violations)
{
    if (!object_)
        violations_->push_back({path_, must_be("an object", value)});
}

std::string json_fields::path(std::string_view key) const
{
    return path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
}

std::string json_fields::path(std::string_view key, std::size_t index) const
{
    return path(key) + '[' + std::to_string(index) + ']';
}

void json_fields::fail(std::string_view key, std::string message)
{
    violations_->push_back({path(key), std::move(message)});
}

const json::value* json_fields::find(std::string_view key, need how)
{
    if (!object_)
        return nullptr;
    const json::value* const value = object_->if_contains({key.data(), key.size()});
    if (value && !value->is_null())
        return value;
    if (how == need::required)
        fail(key, value ? "must not be null" : "is missing");
    return nullptr;
}

std::optional<std::string> json_fields::text(std::string_view key, need how)
{
    const json::value* const value = find(key, how);
    if (!value)
        return std::nullopt;
    if (const json::string* const found = value->if_string())
        return std::string(found->data(), found->size());
    fail(key, must_be("text", *value));
    return std::nullopt;
}

std::optional<std::string> json_fields::filled_text(std::string_view key)
{
    std::optional<std::string> found = text(key, need::optional);
    if (found && found->empty())
        found.reset();
    return found;
}

std::optional<bool> json_fields::boolean(std::string_view key, need how)
{
    const json::value* const value = find(key, how);
    if (!value)
        return std::nullopt;
    if (const bool* const found = value->if_bool())
        return *found;
    fail(key, must_be("true or false", *value));
    return std::nullopt;
}

std::optional<std::int64_t> json_fields::integer(std::string_view key, std::int64_t least, std::int64_t most, need how)
{
    const json::value* const value = find(key, how);
    if (!value)
        return std::nullopt;
    const std::optional<std::int64_t> found = whole_number(*value);
    if (found && *found >= least && *found <= most)
        return found;
    std::string wanted = "must be a whole number from " + std::to_string(least);
    if (most != std::numeric_limits<std::int64_t>::max())
        wanted += " to " + std::to_string(most);
    if (value->is_number())
        fail(key, std::move(wanted));
    else
        fail(key, wanted + ", found " + std::string(kind_of(*value)));
    return std::nullopt;
}

const json::array* json_fields::array(std::string_view key, need how)
{
    const json::value* const value = find(key, how);
    if (value && !value->is_array())
        fail(key, must_be("a list", *value));
    return value ? value->if_array() : nullptr;
}

const json::object* json_fields::object(std::string_view key, need how)
{
    const json::value* const value = find(key, how);
    if (value && !value->is_object())
        fail(key, must_be("an object", *value));
    return value ? value->if_object() : nullptr;
}

std::optional<std::vector<std::string>> json_fields::texts(std::string_view key, need how)
{
    const json::array* const found = array(key, how);
    if (!found)
        return std::nullopt;
    return texts_of(*found, path(key), *violations_);
}

std::vector<std::string> texts_of(
    const json::array& array, const std::string& path, std::vector<field_error>& violations)
{
    std::vector<std::string> texts;
    texts.reserve(array.size());
    for (std::size_t i = 0; i < array.size(); ++i) {
        if (const json::string* const text = array[i].if_string())
            texts.emplace_back(text->data(), text->size());
        else
            violations.push_back({path + '[' + std::to_string(i) + ']', must_be("text", array[i])});
    }
    return texts;
}

} // namespace fleetman::model
