#include "audit_records.hpp"

#include <fleetman/core/timestamp.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <ranges>
#include <unordered_map>
#include <utility>

namespace fleetman::control {

namespace json = boost::json;

namespace {

constexpr std::uint64_t largest_read = 2 * audit::file_bytes; // a file is rotated before it is that large

std::string text_at(const json::object& record, std::string_view key)
{
    const json::value* const found = record.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

wall_time time_at(const json::object& record, std::string_view key)
{
    const auto when = parse_rfc3339(text_at(record, key));
    return when ? *when : wall_time{};
}

// Goes through the lines from the newest on: what came of a change is met before the change.
class search
{
public:
    explicit search(const audit::query& wanted) : wanted_(wanted), passed_(wanted.after.empty()) {}

    bool full() const { return found_.more; }

    void take(const std::string& line)
    {
        boost::system::error_code wrong;
        const json::value parsed = json::parse(line, wrong);
        if (wrong || !parsed.is_object())
            return; // a line that a disk has damaged hides no other
        const json::object& record = parsed.get_object();
        std::string id = text_at(record, "id");
        if (record.contains("ended"))
            ends_.insert_or_assign(std::move(id), record);
        else
            take_begin(record, std::move(id));
    }

    audit::page result() && { return std::move(found_); }

private:
    void take_begin(const json::object& record, std::string id)
    {
        auto end = ends_.extract(id);
        if (!passed_) {
            passed_ = id == wanted_.after;
            return;
        }
        audit_entry entry{.id = std::move(id),
            .when = time_at(record, "when"),
            .who = {text_at(record, "who"), text_at(record, "from")},
            .what = text_at(record, "what"),
            .ended = std::nullopt};
        const bool wanted = (wanted_.who.empty() || entry.who.name == wanted_.who) &&
                            (wanted_.what.empty() || entry.what.find(wanted_.what) != std::string::npos);
        if (!wanted)
            return;
        if (found_.entries.size() == wanted_.limit) {
            found_.more = true;
            return;
        }
        if (!end.empty())
            complete(entry, end.mapped());
        found_.entries.push_back(std::move(entry));
    }

    static void complete(audit_entry& entry, const json::object& end)
    {
        entry.ended = time_at(end, "ended");
        if (const json::value* const status = end.if_contains("status"); status != nullptr && status->is_int64())
            entry.status = static_cast<unsigned>(status->get_int64());
        entry.error = text_at(end, "error");
        entry.operation = text_at(end, "operation");
    }

    const audit::query& wanted_;
    bool passed_; // the entry that the page before ended with
    std::unordered_map<std::string, json::object> ends_;
    audit::page found_;
};

} // namespace

std::string begin_record(const audit_entry& entry)
{
    return json::serialize(json::object{{"id", entry.id}, {"when", rfc3339_millis(entry.when)}, {"who", entry.who.name},
        {"from", entry.who.from}, {"what", entry.what}});
}

std::string end_record(const std::string& id, wall_time when, const audit::outcome& came_of_it)
{
    json::object record{{"id", id}, {"ended", rfc3339_millis(when)}, {"status", came_of_it.status}};
    if (!came_of_it.error.empty())
        record["error"] = came_of_it.error;
    if (!came_of_it.operation.empty())
        record["operation"] = came_of_it.operation;
    return json::serialize(record);
}

result<audit::page> find_entries(const std::filesystem::path& file, const audit::query& wanted)
{
    search through(wanted);
    for (const std::filesystem::path& one : rotated_files(file, audit::files_kept)) {
        std::vector<std::string> lines;
        auto read = read_records(one, largest_read, [&lines](std::string_view line) { lines.emplace_back(line); });
        if (!read)
            return read.error();
        for (const std::string& line : lines | std::views::reverse) {
            through.take(line);
            if (through.full())
                return std::move(through).result();
        }
    }
    return std::move(through).result();
}

} // namespace fleetman::control
