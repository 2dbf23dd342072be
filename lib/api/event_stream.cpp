#include "event_stream.hpp"
#include "fleet_wire.hpp"
#include "wire.hpp"

#include <fleetman/core/timestamp.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace fleetman::api {

namespace json = boost::json;
using control::subject;

namespace {

// No line ends are in `data`: it is JSON.
std::string block(const std::string& id, std::string_view kind, std::string_view data)
{
    std::string text;
    text.reserve(id.size() + kind.size() + data.size() + 24);
    text.append("id: ").append(id).append("\nevent: ").append(kind).append("\ndata: ").append(data).append("\n\n");
    return text;
}

std::string agent_event(
    const control::fleet_state& fleet, const std::string& name, const std::string& id, std::uint64_t number)
{
    const auto node = model::node_id::load(name);
    const control::known_agent* const agent = node ? fleet.agents().find(*node) : nullptr;
    if (agent == nullptr)
        return block(id, "agent-removed", json::serialize(json::object{{"node_id", name}}));
    return agent->event == number ? block(id, "agent", text_of(*agent)) : std::string();
}

std::string cell_event(
    const control::fleet_state& fleet, const std::string& text, const std::string& id, std::uint64_t number)
{
    const auto name = model::cell_ref::load(text);
    if (!name)
        return {};
    const control::known_cell* const cell = fleet.cells().find(*name);
    if (cell == nullptr)
        return block(id, "cell-removed",
            json::serialize(json::object{{"node_id", name->node.str()}, {"cell_id", name->cell.str()}}));
    return cell->event == number ? block(id, "cell", text_of(*name, *cell)) : std::string();
}

std::string bucket_event(const control::fleet_view& fleet, const std::string& name, const std::string& id)
{
    json::object body{{"bucket", name}, {"error", nullptr}, {"since", nullptr}};
    for (const control::bucket_problem& one : fleet.problems())
        if (one.bucket.str() == name) {
            body["error"] = one.why.message();
            body["since"] = rfc3339_millis(one.since);
        }
    return block(id, "bucket", json::serialize(body));
}

} // namespace

event_stream::event_stream(control::services& app, reader to, std::uint64_t from, bool behind)
    : app_(app), to_(std::move(to)), told_(from), behind_(behind)
{}

task<result<std::string>> event_stream::read(std::size_t max)
{
    if (!greeted_)
        co_return greeting();
    control::event_feed& feed = app_.events;
    for (;;) {
        const std::uint64_t before = told_;
        co_await feed.wait(told_, keep_alive);
        if (feed.closed() || !feed.covers(told_) || !app_.accounts.still_welcome(to_.who, to_.session))
            co_return std::string();
        std::string text = news(max);
        if (!text.empty())
            co_return text;
        if (told_ == before)
            co_return std::string(": still here\n\n");
    }
}

std::string event_stream::greeting()
{
    greeted_ = true;
    const std::string id = app_.events.id_of(told_);
    if (behind_)
        return "retry: 2000\n" + block(id, "reset", R"({"reason":"the events before this one are not kept any more"})");
    return "retry: 2000\nid: " + id + "\n\n"; // to resume from, without an event
}

// At least one event, however long, and then what fits.
std::string event_stream::news(std::size_t max)
{
    const control::event_feed& feed = app_.events;
    const std::uint64_t last = feed.last();
    std::string text;
    while (told_ < last) {
        const std::string one = render(feed.at(told_ + 1), told_ + 1);
        if (!text.empty() && text.size() + one.size() > max)
            break;
        text += one;
        ++told_;
    }
    return text;
}

// Nothing when a later event tells of the same thing.
std::string event_stream::render(const control::fleet_event& event, std::uint64_t number)
{
    const std::string id = app_.events.id_of(number);
    switch (event.of) {
    case subject::agent: return agent_event(app_.fleet.now(), event.name, id, number);
    case subject::cell: return cell_event(app_.fleet.now(), event.name, id, number);
    case subject::bucket: return bucket_event(app_.fleet, event.name, id);
    case subject::operation: break;
    }
    const auto operation = app_.operations.find(event.name);
    return operation ? block(id, "operation", json::serialize(to_json(*operation))) : std::string();
}

} // namespace fleetman::api
