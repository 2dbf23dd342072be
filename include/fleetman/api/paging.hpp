#pragma once

#include <fleetman/api/request_context.hpp>
#include <fleetman/core/text.hpp>

#include <boost/json/array.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

// `{"items": […], "next": "…"|null}` with `?limit=` and `?after=`, for every list alike.

namespace fleetman::api {

inline constexpr std::size_t default_page = 100;
inline constexpr std::size_t largest_page = 1000;

// `?limit=`. Fails with invalid outside 1..1000.
result<std::size_t> page_limit(const request_context& ctx);

template <class Item>
struct page
{
    std::vector<Item> items;
    std::string next; // empty at the end
};

// The part of `all` that was asked for. `name` gives an item's name, which is what `next` and `?after=` hold;
// `comes_after` (item, name) follows the order of `all`, so that paging goes on when the named item is gone.
template <class Item, class Name, class ComesAfter>
result<page<Item>> page_of(const request_context& ctx, std::vector<Item> all, Name name, ComesAfter comes_after)
{
    const result<std::size_t> limit = page_limit(ctx);
    if (!limit)
        return limit.error();
    page<Item> part;
    const std::string after = ctx.parameter("after");
    for (Item& item : all) {
        if (!after.empty() && !comes_after(item, after))
            continue;
        if (part.items.size() == *limit) {
            part.next = name(part.items.back());
            break;
        }
        part.items.push_back(std::move(item));
    }
    return part;
}

// For lists in the order of their names.
template <class Item, class Name>
result<page<Item>> page_of(const request_context& ctx, std::vector<Item> all, Name name)
{
    return page_of(
        ctx, std::move(all), name, [name](const Item& item, const std::string& after) { return name(item) > after; });
}

template <class Item, class ToJson>
http::response list(const request_context& ctx, const page<Item>& part, ToJson to_json)
{
    boost::json::array items;
    for (const Item& item : part.items)
        items.push_back(to_json(item));
    boost::json::value next;
    if (!part.next.empty())
        next = part.next;
    return ctx.ok(boost::json::object{{"items", std::move(items)}, {"next", std::move(next)}});
}

} // namespace fleetman::api
