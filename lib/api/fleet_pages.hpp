#pragma once

#include <fleetman/api/paging.hpp>
#include <fleetman/control/services.hpp>
#include <fleetman/http/shared_body.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

// Pages of the lists of agents and cells. They are asked for by many and change now and then, so an answer is kept
// until what it shows has changed, and thousands of items are put together from text that is there already.

namespace fleetman::api {

// The items of a page, between commas, and the name of the last one when there are more.
struct page_text
{
    std::string items;
    std::string next; // empty at the end
    std::size_t count = 0;

    // False when the page was full before.
    bool take(std::size_t limit, const std::string& name, const std::string& item);

private:
    std::string last_;
};

class fleet_pages
{
public:
    // Answers with what `make` gives, or with what it gave for the same request, when `revision` and the age of the
    // fleet's view are the same. Carries an ETag that changes with the revision alone, and `Age` (RFC 9111
    // section 5.1).
    using maker = std::function<result<page_text>()>;
    http::response answer(
        const request_context& ctx, const control::services& app, std::uint64_t revision, const maker& make);

private:
    struct kept
    {
        std::uint64_t revision;
        std::optional<wall_time> as_of;
        http::shared_body body;
    };

    void keep(const std::string& target, kept page);

    std::map<std::string, kept, std::less<>> pages_; // by their targets
    std::size_t bytes_ = 0;
};

} // namespace fleetman::api
