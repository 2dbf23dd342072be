#include "json_reader.hpp"
#include "switch_links.hpp"

#include <fleetman/agent/journal.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/host/files.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <array>

namespace fleetman::agent {
namespace {

constexpr std::uint64_t journal_max_bytes = std::uint64_t{64} * 1024 * 1024;
// Of one that leads forward: what a way back carries must fit as well, and by then there is no other way.
constexpr std::uint64_t forward_max_bytes = journal_max_bytes / 2;
// Room for what a later step adds, such as the reason of a rollback: it must be noted though the disk is full by then.
constexpr std::size_t journal_spare_bytes = std::size_t{16} * 1024;
constexpr std::array<std::string_view, 5> step_names{"staging", "stopping", "ready", "switched", "verified"};

std::optional<step> step_named(std::string_view name)
{
    for (std::size_t i = 0; i < step_names.size(); ++i)
        if (step_names[i] == name)
            return static_cast<step>(i);
    return std::nullopt;
}

} // namespace

std::string_view to_string(step value)
{
    return step_names[static_cast<std::size_t>(value)];
}

std::string serialize(const journal_entry& value)
{
    boost::json::object object{{"step", to_string(value.at)}, {"rolling_back", value.rolling_back},
        {"by_hand", value.by_hand}, {"from", value.from}, {"to", value.to}, {"was_running", value.was_running},
        {"reason", value.reason}, {"failed_version", value.failed_version},
        {"carried", boost::json::array(value.carried.begin(), value.carried.end())},
        {"conflicts", boost::json::array(value.conflicts.begin(), value.conflicts.end())}, {"version", value.version},
        {"trigger_etag", value.trigger.etag}, {"trigger_timestamp", value.trigger.last_modified},
        {"trigger_id", value.trigger.id}};
    if (value.profile)
        object.emplace("profile", model::to_string(*value.profile));
    return boost::json::serialize(object);
}

result<journal_entry> parse_journal(std::string_view json)
{
    const result<boost::json::object> document = parse_object(json, "the journal");
    if (!document)
        return document.error();
    const std::optional<step> at = step_named(text_at(*document, "step"));
    if (!at)
        return error(errc::invalid, "the journal names no step");
    const auto profile = model::parse_run_profile(text_at(*document, "profile"));
    return journal_entry{.at = *at,
        .rolling_back = flag_at(*document, "rolling_back"),
        .by_hand = flag_at(*document, "by_hand"),
        .from = text_at(*document, "from"),
        .to = text_at(*document, "to"),
        .was_running = flag_at(*document, "was_running"),
        .reason = text_at(*document, "reason"),
        .failed_version = text_at(*document, "failed_version"),
        .carried = texts_at(*document, "carried"),
        .conflicts = texts_at(*document, "conflicts"),
        .version = text_at(*document, "version"),
        .trigger = {text_at(*document, "trigger_etag"), number_at(*document, "trigger_timestamp"),
            text_at(*document, "trigger_id")},
        .profile = profile ? std::optional(*profile) : std::nullopt};
}

result<void> write_journal(const cell_layout& layout, const journal_entry& value)
{
    journal_entry complete = value;
    complete.profile = layout.profile();
    const std::string text = serialize(complete);
    const std::uint64_t limit = value.rolling_back || value.at > step::ready ? journal_max_bytes : forward_max_bytes;
    if (text.size() > limit)
        return error(errc::too_large, "the journal would take " + std::to_string(text.size()) + " bytes, and at most " +
                                          std::to_string(limit) +
                                          " can be read again: the service wrote too many files beside the version's "
                                          "own; a folder for them in the manifest is carried as one");
    return host::write_in_turns(layout.journal(), text, journal_spare_bytes);
}

result<std::optional<journal_entry>> read_journal(const cell_layout& layout)
{
    const result<std::string> text = host::read_file(layout.journal(), journal_max_bytes + journal_spare_bytes);
    if (!text && text.error().code() == errc::not_found)
        return std::optional<journal_entry>();
    if (!text && text.error().code() != errc::too_large)
        return text.error();
    result<journal_entry> read = text ? parse_journal(*text) : text.error();
    if (!read) {
        log::warning("agent", "journal-damaged", {{"cell", layout.cell().str()}, {"error", read.error().message()}});
        return std::optional<journal_entry>();
    }
    return std::optional(*std::move(read));
}

bool has_journal(const cell_layout& layout)
{
    std::error_code unknown;
    return std::filesystem::exists(layout.journal(), unknown) || unknown;
}

result<void> remove_journal(const cell_layout& layout)
{
    if (layout.has_definition()) // the one that a way back would have installed
        if (result<void> gone = host::remove_durably(layout.definition_scratch()); !gone)
            return gone;
    if (result<void> gone = forget_links(layout); !gone)
        return gone;
    return host::remove_turns(layout.journal());
}

} // namespace fleetman::agent
