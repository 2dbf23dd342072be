#include "answers.hpp"
#include "xml.hpp"

#include <fleetman/core/text.hpp>
#include <fleetman/core/timestamp.hpp>

namespace fleetman::s3 {

storage::object_info info_of(const wire_response& answer, std::string key, std::uint64_t received)
{
    storage::object_info info;
    info.key = std::move(key);
    info.etag = unquoted(answer.header("ETag"));
    info.size = parse_integer<std::uint64_t>(answer.header("Content-Length")).value_or(received);
    if (const auto modified = parse_http_date(answer.header("Last-Modified")))
        info.last_modified = *modified;
    return info;
}

std::optional<std::uint64_t> whole_size(std::string_view content_range, std::uint64_t first, std::uint64_t last)
{
    const std::string part = "bytes " + std::to_string(first) + '-' + std::to_string(last) + '/';
    if (!content_range.starts_with(part))
        return std::nullopt;
    return parse_integer<std::uint64_t>(content_range.substr(part.size()));
}

error damaged(const operation& what, std::string_view how)
{
    return error(errc::unavailable, what.doing + ": what arrived " + std::string(how));
}

error another_part(const operation& what, const std::string& content_range)
{
    return {
        errc::failed, what.doing + ": what arrived is not the part that was asked for: " + in_quotes(content_range)};
}

} // namespace fleetman::s3
