#include "listing.hpp"

#include <algorithm>
#include <optional>

namespace fleetman::s3server {

namespace {

constexpr std::size_t seek_limit = 1000;

// The group of `key`: up to and including the first delimiter behind the prefix.
std::optional<std::string> common_prefix(std::string_view key, const listing_query& query)
{
    if (query.delimiter.empty() || !key.starts_with(query.prefix))
        return std::nullopt;
    const std::size_t at = key.find(query.delimiter, query.prefix.size());
    if (at == std::string_view::npos || at > key.find('\0')) // what is behind it is no key any more
        return std::nullopt;
    return std::string(key.substr(0, at + query.delimiter.size()));
}

// The first text that is larger than all that begin with `prefix`; nothing when there is none.
std::optional<std::string> after_all_of(std::string prefix)
{
    while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff)
        prefix.pop_back();
    if (prefix.empty())
        return std::nullopt;
    prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
    return prefix;
}

// Where reading goes on.
struct position
{
    std::string from;
    bool inclusive;
};

std::optional<position> first_position(const listing_query& query)
{
    if (query.after < query.prefix)
        return position{query.prefix, true};
    if (const auto group = common_prefix(query.after, query)) {
        const auto next = after_all_of(*group);
        return next ? std::optional(position{*next, true}) : std::nullopt;
    }
    return position{query.after, query.after.empty()};
}

class page_builder
{
public:
    explicit page_builder(const listing_query& query) : query_(query) {}

    // True when the key took its place on the page or in a group; false when the page is complete.
    bool take(listed_object one)
    {
        if (!one.key.starts_with(query_.prefix))
            return false;
        if (group_ && one.key.starts_with(*group_))
            return true;
        if (page_.objects.size() + page_.common_prefixes.size() == query_.max_entries) {
            page_.truncated = true;
            return false;
        }
        group_ = common_prefix(one.key, query_);
        page_.last = group_ ? *group_ : one.key;
        if (group_)
            page_.common_prefixes.push_back(*group_);
        else
            page_.objects.push_back(std::move(one));
        return true;
    }

    const std::optional<std::string>& open_group() const { return group_; }
    listing_page finish() { return std::move(page_); }

private:
    const listing_query& query_;
    listing_page page_;
    std::optional<std::string> group_;
};

} // namespace

result<listing_page> list_keys(const key_seek& seek, const listing_query& query)
{
    page_builder page(query);
    std::optional<position> at = first_position(query);
    if (query.max_entries == 0)
        at.reset();
    while (at) {
        result<std::vector<listed_object>> found =
            seek(at->from, at->inclusive, std::min(query.max_entries + 1, seek_limit));
        if (!found)
            return found.error();
        if (found->empty())
            break;
        at = position{found->back().key, false};
        for (listed_object& one : *found)
            if (!page.take(std::move(one)))
                return page.finish();
        if (page.open_group()) { // what is left of the group is not worth reading
            const auto next = after_all_of(*page.open_group());
            at = next ? std::optional(position{*next, true}) : std::nullopt;
        }
    }
    return page.finish();
}

} // namespace fleetman::s3server
