#include "conditions.hpp"
#include "faults.hpp"
#include "object_headers.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>

#include <algorithm>

namespace fleetman::s3server {

namespace {

bool any_matches(std::string_view list, const std::string& etag)
{
    if (trimmed(list) == "*")
        return true;
    const std::vector<std::string> candidates = split(list, ',');
    return std::any_of(
        candidates.begin(), candidates.end(), [&etag](const std::string& one) { return bare_etag(one) == etag; });
}

// Dates count in whole seconds, and one that is not a date does not count (RFC 9110 section 13.1.3).
std::optional<bool> modified_after(const object_row& object, std::string_view date)
{
    const result<wall_time> when = parse_http_date(date);
    if (!when)
        return std::nullopt;
    return unix_seconds(object.modified) > unix_seconds(*when);
}

} // namespace

verdict judge_read(const s3_request& asked, const object_row& object, std::string_view prefix)
{
    const auto field = [&](std::string_view name) { return asked.header(std::string(prefix).append(name)); };
    const std::string_view match = field("if-match");
    const std::string_view none_match = field("if-none-match");
    if (!match.empty()) {
        if (!any_matches(match, object.etag))
            return verdict::failed;
    } else if (modified_after(object, field("if-unmodified-since")).value_or(false)) {
        return verdict::failed;
    }
    if (!none_match.empty())
        return any_matches(none_match, object.etag) ? verdict::not_modified : verdict::go_on;
    const std::string_view since = field("if-modified-since");
    return modified_after(object, since).value_or(true) ? verdict::go_on : verdict::not_modified;
}

result<write_condition> condition_of_write(const s3_request& asked)
{
    const std::string_view none_match = asked.header("if-none-match");
    const std::string_view match = asked.header("if-match");
    if (!none_match.empty() && trimmed(none_match) != "*")
        return make_error(fault::not_implemented, "If-None-Match of a write can only be *");
    return write_condition{!none_match.empty(), bare_etag(match)};
}

result<std::optional<byte_range>> range_of(std::string_view header, std::uint64_t size)
{
    const std::optional<byte_range> whole;
    if (!header.starts_with("bytes="))
        return whole;
    header.remove_prefix(6);
    const std::size_t dash = header.find('-');
    if (dash == std::string_view::npos || header.find(',') != std::string_view::npos)
        return whole;
    const auto first = parse_integer<std::uint64_t>(header.substr(0, dash));
    const auto last = parse_integer<std::uint64_t>(header.substr(dash + 1));
    if (dash == 0) { // "-n": the last n bytes
        if (!last)
            return whole;
        if (*last == 0 || size == 0)
            return make_error(fault::invalid_range);
        const std::uint64_t length = std::min(*last, size);
        return std::optional(byte_range{size - length, length});
    }
    const bool open_end = dash + 1 == header.size();
    if (!first || (!last && !open_end) || (last && *last < *first))
        return whole;
    if (*first >= size)
        return make_error(fault::invalid_range);
    const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
    return std::optional(byte_range{*first, end - *first + 1});
}

} // namespace fleetman::s3server
