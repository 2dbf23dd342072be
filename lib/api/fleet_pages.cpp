#include "fleet_pages.hpp"

#include <fleetman/core/timestamp.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

namespace fleetman::api {

using http::field;
using http::status;

namespace {

constexpr std::size_t longest_target = 512; // of a page that is kept
constexpr std::size_t most_bytes = std::size_t{16} << 20;

std::string json_text(std::string_view text)
{
    return boost::json::serialize(boost::json::string(text));
}

std::string whole_body(page_text page, std::optional<wall_time> as_of, const std::string& event)
{
    std::string body = R"({"items":[)";
    body.reserve(page.items.size() + 200);
    body += page.items;
    body += R"(],"next":)";
    body += page.next.empty() ? "null" : json_text(page.next);
    body += R"(,"as_of":)";
    body += as_of ? json_text(rfc3339_millis(*as_of)) : "null";
    body += R"(,"event":)";
    body += json_text(event);
    body += '}';
    return body;
}

} // namespace

bool page_text::take(std::size_t limit, const std::string& name, const std::string& item)
{
    if (count == limit) {
        next = last_;
        return false;
    }
    if (count++ != 0)
        items += ',';
    items += item;
    last_ = name;
    return true;
}

http::response fleet_pages::answer(
    const request_context& ctx, const control::services& app, std::uint64_t revision, const maker& make)
{
    const std::string event = app.events.id_of(app.events.last());
    const std::string tag = event.substr(0, event.find('-') + 1) + std::to_string(revision);
    const std::optional<wall_time> as_of = app.fleet.as_of();

    http::response given = http::response::empty(status::ok);
    if (ctx.knows_etag(tag)) {
        given.code = status::not_modified;
    } else if (const auto place = pages_.find(ctx.request().target);
        place != pages_.end() && place->second.revision == revision && place->second.as_of == as_of) {
        place->second.body.give_to(given);
    } else {
        result<page_text> page = make();
        if (!page)
            return ctx.problem(page.error());
        const http::shared_body body(whole_body(*std::move(page), as_of, event));
        keep(ctx.request().target, {revision, as_of, body});
        body.give_to(given);
    }
    given.set(field::content_type, "application/json");
    given.set(field::etag, "W/\"" + tag + '"');
    if (as_of)
        given.set(field::age, std::to_string(unix_seconds(app.time.now()) - unix_seconds(*as_of)));
    return given;
}

void fleet_pages::keep(const std::string& target, kept page)
{
    if (target.size() > longest_target)
        return;
    bytes_ += page.body.size();
    const auto [place, is_new] = pages_.try_emplace(target, page);
    if (!is_new) {
        bytes_ -= place->second.body.size();
        place->second = std::move(page);
    }
    if (bytes_ > most_bytes) { // the next requests make theirs again
        pages_.clear();
        bytes_ = 0;
    }
}

} // namespace fleetman::api
