#include "operation_records.hpp"

#include <fleetman/core/timestamp.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <utility>

namespace fleetman::control {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_message = 2000;

constexpr std::array<std::pair<errc, std::string_view>, 9> codes{
    {{errc::not_found, "not_found"}, {errc::conflict, "conflict"}, {errc::invalid, "invalid"}, {errc::denied, "denied"},
        {errc::too_large, "too_large"}, {errc::unsupported, "unsupported"}, {errc::unavailable, "unavailable"},
        {errc::cancelled, "cancelled"}, {errc::failed, "failed"}}};

std::string_view code_name(const error& why)
{
    for (const auto& [code, name] : codes)
        if (why.code() == code)
            return name;
    return "failed";
}

errc code_of(std::string_view text)
{
    for (const auto& [code, name] : codes)
        if (name == text)
            return code;
    return errc::failed;
}

std::optional<progress> parse_progress(std::string_view text)
{
    for (const progress one :
        {progress::waiting, progress::running, progress::succeeded, progress::failed, progress::cancelled})
        if (to_string(one) == text)
            return one;
    return std::nullopt;
}

// One sentence: what is wrong with each field goes into it.
std::string whole_message(const error& why)
{
    std::string message = why.message();
    for (const field_error& one : why.fields())
        message += "; " + one.field + ' ' + one.message;
    return message.substr(0, longest_message);
}

std::string_view text_at(const json::object& record, std::string_view key)
{
    const json::value* const found = record.if_contains(key);
    return found != nullptr && found->is_string() ? std::string_view(found->get_string()) : std::string_view();
}

bool flag_at(const json::object& record, std::string_view key)
{
    const json::value* const found = record.if_contains(key);
    return found != nullptr && found->is_bool() && found->get_bool();
}

bool take_begin(kept_operations& known, const json::object& record, std::string id, wall_time when)
{
    const json::value* const cells = record.if_contains("cells");
    if (cells == nullptr || !cells->is_array())
        return false;
    operation begun{.id = id,
        .kind = std::string(text_at(record, "kind")),
        .who = {std::string(text_at(record, "who")), std::string(text_at(record, "from"))},
        .details = {},
        .stop_on_error = flag_at(record, "stop_on_error"),
        .started = when,
        .ended = std::nullopt,
        .steps = {}};
    if (const json::value* const details = record.if_contains("details"); details != nullptr && details->is_object())
        begun.details = details->get_object();
    for (const json::value& cell : cells->get_array())
        begun.steps.push_back(
            {cell.is_string() ? std::string(cell.get_string()) : std::string(), progress::waiting, std::nullopt});
    return known.try_emplace(std::move(id), kept_operation{std::move(begun), false, when}).second;
}

bool take_step(operation& of, const json::object& record, std::int64_t index, progress state)
{
    if (index < 0 || static_cast<std::size_t>(index) >= of.steps.size())
        return false;
    step_outcome& step = of.steps[static_cast<std::size_t>(index)];
    if (step.state == progress::waiting)
        ++of.done;
    step.state = state;
    if (const std::string_view why = text_at(record, "error"); !why.empty())
        step.why = error(code_of(text_at(record, "code")), std::string(why));
    return true;
}

} // namespace

std::string begin_record(const operation& of)
{
    json::array cells;
    for (const step_outcome& step : of.steps)
        cells.push_back(json::string(step.cell));
    return json::serialize(json::object{{"op", of.id}, {"at", rfc3339_millis(of.started)}, {"kind", of.kind},
        {"who", of.who.name}, {"from", of.who.from}, {"details", of.details}, {"stop_on_error", of.stop_on_error},
        {"cells", std::move(cells)}});
}

std::string step_record(const operation& of, std::size_t index, wall_time when)
{
    const step_outcome& step = of.steps[index];
    json::object record{{"op", of.id}, {"at", rfc3339_millis(when)}, {"step", index}, {"state", to_string(step.state)}};
    if (step.why) {
        record["code"] = code_name(*step.why);
        record["error"] = whole_message(*step.why);
    }
    return json::serialize(record);
}

std::string cancel_record(const operation& of, wall_time when)
{
    return json::serialize(json::object{{"op", of.id}, {"at", rfc3339_millis(when)}, {"cancel", true}});
}

std::string end_record(const operation& of)
{
    return json::serialize(json::object{
        {"op", of.id}, {"at", rfc3339_millis(of.ended.value_or(of.started))}, {"state", to_string(of.state)}});
}

std::string all_records(const kept_operation& of)
{
    std::string lines = begin_record(of.value) + '\n';
    for (std::size_t i = 0; i < of.value.steps.size(); ++i)
        if (of.value.steps[i].state != progress::waiting && of.value.steps[i].state != progress::running)
            lines += step_record(of.value, i, of.heard_of) + '\n';
    if (of.cancelled)
        lines += cancel_record(of.value, of.heard_of) + '\n';
    if (of.value.ended)
        lines += end_record(of.value) + '\n';
    return lines;
}

bool take_record(kept_operations& known, std::string_view line)
{
    boost::system::error_code wrong;
    const json::value parsed = json::parse(line, wrong);
    if (wrong || !parsed.is_object())
        return false;
    const json::object& record = parsed.get_object();
    std::string id(text_at(record, "op"));
    const auto when = parse_rfc3339(text_at(record, "at"));
    if (id.empty() || !when)
        return false;
    if (record.contains("cells"))
        return take_begin(known, record, std::move(id), *when);
    const auto place = known.find(id);
    if (place == known.end())
        return false;
    kept_operation& of = place->second;
    of.heard_of = *when;
    if (flag_at(record, "cancel")) {
        of.cancelled = true;
        return true;
    }
    const auto state = parse_progress(text_at(record, "state"));
    if (!state)
        return false;
    if (const json::value* const step = record.if_contains("step"))
        return step->is_int64() && take_step(of.value, record, step->get_int64(), *state);
    of.value.state = *state;
    of.value.ended = *when;
    return true;
}

} // namespace fleetman::control
