#include "faults.hpp"
#include "s3_request.hpp"

#include <fleetman/core/text.hpp>

#include <algorithm>

namespace fleetman::s3server {

std::string_view s3_request::parameter(std::string_view name) const
{
    const std::string* const value = http.parameter(name);
    return value == nullptr ? std::string_view() : std::string_view(*value);
}

http::response xml_answer(std::string document)
{
    return http::response::text(http::status::ok, std::move(document), "application/xml");
}

result<std::size_t> limit_parameter(const s3_request& asked, std::string_view name, std::size_t most)
{
    const std::string_view text = asked.parameter(name);
    if (text.empty())
        return most;
    const auto wanted = parse_integer<std::uint32_t>(text);
    if (!wanted || *wanted > 0x7fffffff)
        return make_error(fault::invalid_argument, std::string(name) + " must be a number between 0 and 2147483647");
    return std::min<std::size_t>(*wanted, most);
}

} // namespace fleetman::s3server
