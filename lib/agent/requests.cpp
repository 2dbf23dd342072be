#include "json_reader.hpp"

#include <fleetman/agent/requests.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/random.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>

#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <algorithm>

namespace fleetman::agent {
namespace {

constexpr std::uint64_t request_max_bytes = 4096;
constexpr std::uint64_t answer_max_bytes = std::uint64_t{64} * 1024;
constexpr std::size_t id_bytes = 8;
constexpr mode_t folder_mode = 0700;
constexpr std::string_view request_ending = ".request.json";
constexpr std::string_view answer_ending = ".answer.json";
constexpr std::chrono::hours keep_leftovers(1); // whatever nobody came back for

bool is_id(std::string_view text)
{
    return text.size() == 2 * id_bytes && std::all_of(text.begin(), text.end(),
                                              [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// "0123456789abcdef.request.json" → its id
std::string id_in(std::string_view name)
{
    if (!name.ends_with(request_ending))
        return "";
    name.remove_suffix(request_ending.size());
    return is_id(name) ? std::string(name) : std::string();
}

result<request> read_request(const host::folder& folder, const std::string& name)
{
    const auto file = folder.open_file(name);
    if (!file)
        return file.error();
    struct ::stat seen{};
    if (::fstat(file->get(), &seen) != 0 || (seen.st_uid != ::geteuid() && seen.st_uid != 0))
        return error(errc::denied, "the request is neither from the agent's user nor from root");
    const result<std::string> text = host::read_file(*file, request_max_bytes, name);
    if (!text)
        return text.error();
    return parse_request(*text);
}

void clear_away(const host::folder& folder, const std::string& name, wall_time now)
{
    const auto seen = folder.look(name);
    if (seen && *seen && (*seen)->st_mtim.tv_sec < unix_seconds(now - keep_leftovers))
        (void)folder.remove(name);
}

} // namespace

std::string serialize(const request& value)
{
    boost::json::object made{{"what", value.what == request::kind::remove ? "remove" : "rollback"},
        {"cell_id", value.cell.str()}, {"expires_at", value.expires_at}};
    if (!value.release.empty())
        made.emplace("release", value.release);
    if (value.forced)
        made.emplace("forced", true);
    return boost::json::serialize(made);
}

std::string serialize(const answer& value)
{
    return boost::json::serialize(boost::json::object{{"done", value.done}, {"text", value.text}});
}

result<request> parse_request(std::string_view json)
{
    const result<boost::json::object> document = parse_object(json, "the request");
    if (!document)
        return document.error();
    const std::string what = text_at(*document, "what");
    const result<model::cell_id> cell = model::cell_id::load(text_at(*document, "cell_id"));
    if (!cell || (what != "rollback" && what != "remove"))
        return error(errc::invalid, "the request names no cell, or nothing that can be done with one");
    request read{.what = what == "remove" ? request::kind::remove : request::kind::roll_back,
        .cell = *cell,
        .release = text_at(*document, "release"),
        .forced = flag_at(*document, "forced"),
        .expires_at = number_at(*document, "expires_at")};
    if (read.what == request::kind::roll_back && !host::is_file_name(read.release))
        return error(errc::invalid, "the request names no release");
    return read;
}

result<answer> parse_answer(std::string_view json)
{
    const result<boost::json::object> document = parse_object(json, "the answer");
    if (!document)
        return document.error();
    return answer{flag_at(*document, "done"), text_at(*document, "text")};
}

std::filesystem::path requests_folder(const settings& with)
{
    return with.state_directory / "requests";
}

result<std::string> hand_over(const settings& with, const request& wanted)
{
    const auto folder = host::folder::make_all(requests_folder(with), folder_mode);
    if (!folder)
        return folder.error();
    std::string id = random_hex(id_bytes);
    const result<void> written =
        host::write_file_durably(requests_folder(with) / (id + std::string(request_ending)), serialize(wanted), 0600);
    if (!written)
        return written.error();
    return id;
}

bool withdraw(const settings& with, const std::string& id)
{
    return ::unlink((requests_folder(with) / (id + std::string(request_ending))).c_str()) == 0;
}

std::optional<answer> take_answer(const settings& with, const std::string& id)
{
    const std::filesystem::path file = requests_folder(with) / (id + std::string(answer_ending));
    const result<std::string> text = host::read_file(file, answer_max_bytes);
    if (!text)
        return std::nullopt;
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    const result<answer> read = parse_answer(*text);
    return read ? *read : answer{false, read.error().message()};
}

std::vector<taken_request> take_requests(const settings& with, wall_time now)
{
    std::vector<taken_request> taken;
    const auto folder = host::folder::open(requests_folder(with));
    const auto names = folder ? folder->names() : folder.error();
    if (!names)
        return taken;
    for (const std::string& name : *names) {
        const std::string id = id_in(name);
        if (id.empty()) {
            clear_away(*folder, name, now);
            continue;
        }
        if (taken.size() == requests_at_once)
            break;
        result<request> read = read_request(*folder, name);
        if (!folder->remove(name)) // withdrawn meanwhile, or not ours to take: never act on it twice
            continue;
        if (!read) {
            log::warning("agent", "request-refused", {{"error", read.error().message()}});
            (void)write_answer(with, id, {false, read.error().message()});
        } else if (read->expires_at >= unix_seconds(now)) {
            taken.push_back({id, *std::move(read)});
        }
    }
    return taken;
}

result<void> write_answer(const settings& with, const std::string& id, const answer& said)
{
    return host::write_file_durably(requests_folder(with) / (id + std::string(answer_ending)), serialize(said), 0600);
}

} // namespace fleetman::agent
