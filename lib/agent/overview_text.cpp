#include <fleetman/agent/overview.hpp>
#include <fleetman/core/timestamp.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace fleetman::agent {
namespace {

constexpr std::size_t columns = 8;
constexpr std::size_t shown_id = 8; // of a trigger's 32 digits
using row = std::array<std::string, columns>;

bool has_service(const cell_overview& cell)
{
    return cell.profile && *cell.profile != model::run_profile::deploy;
}

std::string or_dash(std::string text)
{
    return text.empty() ? "-" : text;
}

// A manager's or a service's own words, on one line and without anything that a terminal would act on.
std::string on_one_line(std::string text)
{
    for (char& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            c = ' ';
    return text;
}

row row_of(const cell_overview& cell)
{
    const std::string running = cell.service        ? std::string(host::to_string(cell.service->phase))
                                : has_service(cell) ? "?"
                                                    : "-";
    return {cell.cell.str(), cell.profile ? std::string(model::to_string(*cell.profile)) : "-",
        cell.version ? cell.version->str() : "-", running, or_dash(on_one_line(cell.state)),
        or_dash(on_one_line(cell.trigger_id.substr(0, shown_id))),
        cell.since == 0 ? "-" : rfc3339(from_unix_seconds(cell.since)), or_dash(on_one_line(cell.error))};
}

void append(std::string& table, const row& cells, const std::array<std::size_t, columns>& widths)
{
    for (std::size_t i = 0; i + 1 < columns; ++i)
        table += cells[i] + std::string(widths[i] - cells[i].size() + 2, ' ');
    table += cells.back() + '\n';
}

boost::json::object object_of(const cell_overview& cell)
{
    boost::json::object made{{"cell_id", cell.cell.str()}};
    const auto put = [&](const char* key, std::string_view text) {
        if (!text.empty())
            made.emplace(key, text);
    };
    put("profile", cell.profile ? model::to_string(*cell.profile) : "");
    put("manifest_name", cell.manifest ? cell.manifest->str() : "");
    put("version", cell.version ? cell.version->str() : "");
    if (cell.service) {
        made.emplace("running", cell.service->phase == host::service_phase::running);
        put("service", host::to_string(cell.service->phase));
        put("service_detail", cell.service->detail);
    }
    put("state", cell.state);
    put("trigger_id", cell.trigger_id);
    if (cell.since != 0)
        made.emplace("since", cell.since);
    put("error", cell.error);
    return made;
}

} // namespace

std::string as_table(const node_overview& seen)
{
    std::vector<row> rows{{"CELL", "PROFILE", "VERSION", "SERVICE", "STATE", "TRIGGER", "SINCE", "LAST ERROR"}};
    for (const cell_overview& cell : seen.cells)
        rows.push_back(row_of(cell));
    std::array<std::size_t, columns> widths{};
    for (const row& each : rows)
        for (std::size_t i = 0; i < columns; ++i)
            widths[i] = std::max(widths[i], each[i].size());
    std::string table = "node " + seen.node.str() + ", the agent is " +
                        (seen.agent_running ? "running" : "not running") +
                        ", cells: " + std::to_string(seen.cells.size()) + '\n';
    for (const row& each : rows)
        if (!seen.cells.empty())
            append(table, each, widths);
    return table;
}

std::string as_json(const node_overview& seen)
{
    boost::json::array cells;
    for (const cell_overview& cell : seen.cells)
        cells.push_back(object_of(cell));
    boost::json::object made{
        {"node_id", seen.node.str()}, {"agent_running", seen.agent_running}, {"cells", std::move(cells)}};
    if (!seen.problems.empty())
        made.emplace("problems", boost::json::array(seen.problems.begin(), seen.problems.end()));
    return boost::json::serialize(made);
}

} // namespace fleetman::agent
