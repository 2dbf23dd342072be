#include "faults.hpp"
#include "presented_signature.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>

namespace fleetman::s3server {

namespace {

constexpr std::chrono::seconds longest_validity = std::chrono::hours(7 * 24);

// "KEY/20260105/us-east-1/s3/aws4_request"; the key itself may hold slashes.
bool read_credential(std::string_view text, presented_signature& into)
{
    std::vector<std::string> parts = split(text, '/');
    if (parts.size() < 5 || parts.back() != "aws4_request" || parts[parts.size() - 2] != "s3")
        return false;
    into.scope = {parts[parts.size() - 4], parts[parts.size() - 3], "s3"};
    const std::size_t scope_length = into.scope.str().size() + 1;
    into.access_key = text.substr(0, text.size() - std::min(text.size(), scope_length));
    return !into.access_key.empty();
}

// Both the time and the scope's day, which must agree.
bool read_time(std::string_view text, presented_signature& into)
{
    const result<wall_time> time = parse_sigv4_timestamp(text);
    if (!time || into.scope.date != text.substr(0, 8))
        return false;
    into.timestamp = text;
    into.time = *time;
    return true;
}

result<presented_signature> from_header(const http::request& asked)
{
    error malformed = make_error(fault::authorization_header_malformed);
    std::string_view text = asked.header(http::field::authorization);
    if (!text.starts_with(sigv4::algorithm))
        return make_error(fault::invalid_request, "Only AWS Signature Version 4 (AWS4-HMAC-SHA256) is supported");
    text.remove_prefix(sigv4::algorithm.size());

    presented_signature found;
    bool has_credential = false;
    for (const std::string& item : split(text, ',')) {
        const std::string_view pair = trimmed(item);
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos)
            return malformed;
        const std::string_view name = pair.substr(0, equals);
        const std::string_view value = pair.substr(equals + 1);
        if (name == "Credential")
            has_credential = read_credential(value, found);
        else if (name == "SignedHeaders")
            found.signed_headers = split(value, ';');
        else if (name == "Signature")
            found.signature = value;
    }
    if (!has_credential || found.signed_headers.empty() || found.signature.empty())
        return malformed;

    if (!read_time(asked.header("x-amz-date"), found))
        return make_error(fault::access_denied, "A valid x-amz-date header of the credential's day is required");
    found.payload_hash = asked.header("x-amz-content-sha256");
    if (found.payload_hash.empty())
        return make_error(fault::invalid_request, "Missing required header for this request: x-amz-content-sha256");
    return found;
}

std::string_view parameter(const http::request& asked, std::string_view name)
{
    const std::string* const value = asked.parameter(name);
    return value == nullptr ? std::string_view() : std::string_view(*value);
}

result<presented_signature> from_query(const http::request& asked)
{
    presented_signature found;
    const auto seconds = parse_integer<std::int64_t>(parameter(asked, "X-Amz-Expires"));
    if (parameter(asked, "X-Amz-Algorithm") != sigv4::algorithm ||
        !read_credential(parameter(asked, "X-Amz-Credential"), found) ||
        !read_time(parameter(asked, "X-Amz-Date"), found) || !seconds || *seconds < 1 ||
        *seconds > longest_validity.count())
        return make_error(fault::authorization_query_parameters_error);
    found.valid_for = std::chrono::seconds(*seconds);
    found.signed_headers = split(parameter(asked, "X-Amz-SignedHeaders"), ';');
    found.signature = parameter(asked, "X-Amz-Signature");
    const std::string_view claimed = parameter(asked, "X-Amz-Content-Sha256");
    found.payload_hash = claimed.empty() ? sigv4::unsigned_payload : claimed;
    return found;
}

} // namespace

bool presented_signature::covers(std::string_view header) const
{
    return std::find(signed_headers.begin(), signed_headers.end(), header) != signed_headers.end();
}

result<presented_signature> read_signature(const http::request& asked)
{
    if (!asked.header(http::field::authorization).empty())
        return from_header(asked);
    if (asked.parameter("X-Amz-Signature") != nullptr)
        return from_query(asked);
    return make_error(fault::access_denied);
}

} // namespace fleetman::s3server
