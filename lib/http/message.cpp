#include <fleetman/http/message.hpp>

namespace fleetman::http {

std::string_view request::header(field name) const
{
    return fields[name];
}

std::string_view request::header(std::string_view name) const
{
    return fields[name];
}

const std::string* request::parameter(std::string_view name) const
{
    for (const auto& [key, value] : query)
        if (key == name)
            return &value;
    return nullptr;
}

task<result<std::string>> request::read_body(std::uint64_t max_bytes)
{
    // Refused before a byte is read, and before a client that waits for 100-continue sends one.
    if (content_length && *content_length > max_bytes)
        co_return error(errc::too_large, "the body is larger than " + std::to_string(max_bytes) + " bytes");
    string_sink collected(max_bytes);
    result<std::uint64_t> copied = co_await copy_bytes(*body, collected);
    if (!copied)
        co_return copied.error();
    co_return collected.take();
}

response response::text(status code, std::string body, std::string_view content_type)
{
    response answer;
    answer.code = code;
    answer.body = std::move(body);
    answer.set(field::content_type, content_type);
    return answer;
}

response response::empty(status code)
{
    response answer;
    answer.code = code;
    return answer;
}

response& response::set(field name, std::string_view value)
{
    fields.set(name, value);
    return *this;
}

response& response::set(std::string_view name, std::string_view value)
{
    fields.set(name, value);
    return *this;
}

} // namespace fleetman::http
