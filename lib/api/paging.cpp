#include <fleetman/api/paging.hpp>

namespace fleetman::api {

result<std::size_t> page_limit(const request_context& ctx)
{
    const std::string* text = ctx.request().parameter("limit");
    if (text == nullptr)
        return default_page;
    const auto limit = parse_integer<std::size_t>(*text);
    if (!limit || *limit == 0 || *limit > largest_page)
        return error(errc::invalid, "limit must be 1 to " + std::to_string(largest_page));
    return *limit;
}

} // namespace fleetman::api
