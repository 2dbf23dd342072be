#include "fleet_wire.hpp"

#include <fleetman/core/timestamp.hpp>

#include <boost/json/serialize.hpp>

namespace fleetman::api {

namespace json = boost::json;

namespace {

template <class T>
json::value or_null(const std::optional<T>& value)
{
    return value ? json::value(*value) : json::value();
}

} // namespace

// What we say of an agent, and then the report as the agent writes it.
const std::string& text_of(const control::known_agent& value)
{
    if (!value.shown.empty())
        return value.shown;
    const control::heartbeat& newest = *value.newest;
    const json::object ours{{"bucket", newest.bucket.str()}, {"state", to_string(newest.state)},
        {"last_modified", rfc3339_millis(newest.info.last_modified)},
        {"clock_skew_seconds", or_null(control::clock_skew(*newest.report, newest.info.last_modified))}};
    value.shown = json::serialize(ours);
    value.shown.back() = ',';
    value.shown.append(model::serialize(*newest.report), 1);
    return value.shown;
}

json::object to_json(const model::cell_ref& name, const control::known_cell& value)
{
    const control::cell_summary& seen = value.seen;
    const auto& trigger = seen.trigger;
    return {{"node_id", name.node.str()}, {"cell_id", name.cell.str()}, {"bucket", value.bucket.str()},
        {"manifest", seen.manifest.str()}, {"managed", seen.managed},
        {"trigger_version", trigger ? json::value(trigger->value.version.str()) : json::value()},
        {"trigger_id", trigger ? or_null(trigger->value.id) : json::value()},
        {"triggered_at", trigger ? json::value(rfc3339_millis(trigger->written)) : json::value()},
        {"running_version", or_null(seen.running_version)}, {"running", or_null(seen.running)},
        {"applied_at", or_null(seen.applied_at)}, {"state", to_string(seen.verdict.state)},
        {"reason", seen.verdict.reason}};
}

const std::string& text_of(const model::cell_ref& name, const control::known_cell& value)
{
    if (value.shown.empty())
        value.shown = json::serialize(to_json(name, value));
    return value.shown;
}

} // namespace fleetman::api
