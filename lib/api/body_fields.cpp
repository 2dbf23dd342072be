#include "body_fields.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>

namespace fleetman::api {

namespace json = boost::json;

const json::value* body_fields::find(std::string_view key) const
{
    const json::value* value = body_->if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

bool body_fields::is_null(std::string_view key) const
{
    return find(key) == nullptr;
}

std::optional<std::string> body_fields::text(std::string_view key)
{
    const json::value* value = find(key);
    if (value == nullptr)
        return std::nullopt;
    if (const json::string* text = value->if_string())
        return std::string(*text);
    fail(key, "must be a string");
    return std::nullopt;
}

std::string body_fields::required_text(std::string_view key)
{
    std::optional<std::string> found = text(key);
    if (!found && is_null(key))
        fail(key, "is missing");
    else if (found && found->empty())
        fail(key, "must not be empty");
    return found.value_or("");
}

std::optional<bool> body_fields::flag(std::string_view key)
{
    const json::value* value = find(key);
    if (value == nullptr)
        return std::nullopt;
    if (const bool* flag = value->if_bool())
        return *flag;
    fail(key, "must be true or false");
    return std::nullopt;
}

std::optional<std::uint64_t> body_fields::number(std::string_view key)
{
    const json::value* value = find(key);
    if (value == nullptr)
        return std::nullopt;
    boost::system::error_code wrong;
    const auto number = value->to_number<std::uint64_t>(wrong);
    if (!wrong)
        return number;
    fail(key, "must be a number, 0 or more, without a fraction");
    return std::nullopt;
}

std::optional<std::vector<std::string>> body_fields::texts(std::string_view key)
{
    const json::value* value = find(key);
    if (value == nullptr)
        return std::nullopt;
    const json::array* array = value->if_array();
    std::vector<std::string> all;
    for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
        const json::string* text = (*array)[i].if_string();
        if (text == nullptr)
            fail(std::string(key) + '[' + std::to_string(i) + ']', "must be a string");
        else
            all.emplace_back(*text);
    }
    if (array == nullptr)
        fail(key, "must be a list of strings");
    return all;
}

error body_fields::failure() const
{
    std::string message = "the body is not right:";
    for (const field_error& one : violations_)
        message += ' ' + one.field + ' ' + one.message + (&one == &violations_.back() ? "" : ";");
    return error::violations(std::move(message), violations_);
}

} // namespace fleetman::api
