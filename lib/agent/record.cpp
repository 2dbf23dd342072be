#include "json_reader.hpp"

#include <fleetman/agent/record.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <algorithm>

namespace fleetman::agent {
namespace {

constexpr std::uint64_t record_max_bytes = std::uint64_t{64} * 1024 * 1024; // a manifest and a unit, and 100,000 paths
constexpr std::string_view record_ending = ".json";
constexpr mode_t record_mode = 0600;

boost::json::array array_of(const std::vector<std::string>& texts)
{
    return boost::json::array(texts.begin(), texts.end());
}

boost::json::object object_of(const host::rights& rights)
{
    return {{"owner", std::int64_t{rights.owner}}, {"group", std::int64_t{rights.group}},
        {"mode", std::int64_t{rights.mode}}};
}

host::rights rights_in(const boost::json::object& object)
{
    return {static_cast<uid_t>(number_at(object, "owner")), static_cast<gid_t>(number_at(object, "group")),
        static_cast<mode_t>(number_at(object, "mode")) & 07777};
}

boost::json::array array_of(const std::vector<kept_folder>& folders)
{
    boost::json::array all;
    for (const kept_folder& folder : folders) {
        boost::json::object one = object_of(folder.rights);
        one.emplace("path", folder.path);
        all.push_back(std::move(one));
    }
    return all;
}

std::vector<kept_folder> kept_folders_in(const boost::json::object& document)
{
    std::vector<kept_folder> all;
    const boost::json::value* found = document.if_contains("kept_folders");
    if (found != nullptr && found->is_array())
        for (const boost::json::value& each : found->get_array())
            if (const boost::json::object* one = each.if_object())
                all.push_back({text_at(*one, "path"), rights_in(*one)});
    return all;
}

boost::json::array array_of(const std::vector<fetched_file>& files)
{
    boost::json::array all;
    for (const fetched_file& file : files) {
        boost::json::object one{{"path", file.path}, {"size", static_cast<std::int64_t>(file.size)},
            {"etag", file.etag}, {"sha256", file.sha256}};
        if (!file.rendered_sha256.empty())
            one.emplace("rendered_sha256", file.rendered_sha256);
        all.push_back(std::move(one));
    }
    return all;
}

// Only what is whole: a file that cannot be told from others is downloaded.
std::vector<fetched_file> fetched_files_in(const boost::json::object& document)
{
    std::vector<fetched_file> all;
    const boost::json::value* found = document.if_contains("fetched");
    if (found == nullptr || !found->is_array())
        return all;
    for (const boost::json::value& each : found->get_array()) {
        const boost::json::object* one = each.if_object();
        if (one == nullptr || number_at(*one, "size") < 0 || text_at(*one, "sha256").empty())
            continue;
        all.push_back({text_at(*one, "path"), static_cast<std::uint64_t>(number_at(*one, "size")),
            text_at(*one, "etag"), text_at(*one, "sha256"), text_at(*one, "rendered_sha256")});
    }
    return all;
}

// `path` is a symlink to exactly one name in `folder`; that name, else nothing.
std::optional<std::string> names_in(const std::filesystem::path& path, const std::filesystem::path& folder)
{
    std::error_code absent;
    const std::filesystem::path target = std::filesystem::read_symlink(path, absent);
    const std::filesystem::path whole = target.is_relative() ? path.parent_path() / target : target;
    if (absent || whole.parent_path() != folder)
        return std::nullopt;
    return target.filename().string();
}

} // namespace

std::string serialize(const release_record& value)
{
    return boost::json::serialize(boost::json::object{{"name", value.name},
        {"manifest_name", value.snapshot.name.str()}, {"version", value.version().str()},
        {"snapshot", model::serialize(value.snapshot)}, {"files", array_of(value.files)},
        {"fetched", array_of(value.fetched)}, {"rendered_for", value.rendered_for},
        {"kept_folders", array_of(value.kept_folders)}, {"folder_rights", object_of(value.folder_rights)},
        {"live_name", value.live_name}, {"slot", value.slot}, {"definition", value.definition},
        {"trigger_id", value.trigger_id}, {"verified", value.verified}, {"holds_files", value.holds_files}});
}

result<release_record> parse_release_record(std::string_view json)
{
    result<boost::json::object> document = parse_object(json, "the release's record");
    if (!document)
        return document.error();
    const result<model::manifest_name> name = model::manifest_name::load(text_at(*document, "manifest_name"));
    const result<model::version> version = model::version::load(text_at(*document, "version"));
    if (!name || !version)
        return error(errc::invalid, "the release's record names no manifest or version");
    result<model::snapshot> snapshot = model::parse_snapshot_for_agent(text_at(*document, "snapshot"), *name, *version);
    if (!snapshot)
        return snapshot.error().within("the release's record");
    release_record read{.name = text_at(*document, "name"),
        .snapshot = *std::move(snapshot),
        .files = texts_at(*document, "files"),
        .fetched = fetched_files_in(*document),
        .rendered_for = text_at(*document, "rendered_for"),
        .kept_folders = kept_folders_in(*document),
        .live_name = text_at(*document, "live_name"),
        .slot = text_at(*document, "slot"),
        .definition = text_at(*document, "definition"),
        .trigger_id = text_at(*document, "trigger_id"),
        .verified = flag_at(*document, "verified"),
        .holds_files = flag_at(*document, "holds_files")};
    if (const boost::json::value* rights = document->if_contains("folder_rights");
        rights != nullptr && rights->is_object())
        read.folder_rights = rights_in(rights->get_object());
    if (!host::is_file_name(read.name) || !host::is_file_name(read.live_name) || !host::is_file_name(read.slot))
        return error(errc::invalid, "the release's record is incomplete");
    return read;
}

result<void> write_record(const cell_layout& layout, const release_record& value)
{
    const std::string text = serialize(value);
    if (text.size() > record_max_bytes)
        return error(errc::too_large, "what must be noted of the release takes " + std::to_string(text.size()) +
                                          " bytes, and at most " + std::to_string(record_max_bytes) +
                                          " can be: the version has too many files, or too long names");
    return host::write_file_durably(layout.record(value.name), text, record_mode);
}

result<release_record> read_record(const cell_layout& layout, const std::string& name)
{
    if (!host::is_file_name(name))
        return error(errc::invalid, "\"" + name + "\" is no release");
    const result<std::string> text = host::read_file(layout.record(name), record_max_bytes);
    if (!text)
        return text.error();
    result<release_record> read = parse_release_record(*text);
    if (!read)
        return read.error().within(layout.record(name).string());
    return read;
}

result<std::optional<release_record>> live_release(const cell_layout& layout)
{
    for (const std::string& live_name : {layout.live_name(true), layout.live_name(false)}) {
        const std::optional<std::string> slot = names_in(layout.live(live_name), layout.store());
        if (!slot)
            continue;
        const std::optional<std::string> name = names_in(layout.store() / *slot, layout.releases());
        std::error_code unknown;
        if (!name || !std::filesystem::is_directory(layout.release(*name), unknown)) // set aside by a removal
            continue;
        result<release_record> found = read_record(layout, *name);
        if (!found)
            return found.error();
        return std::optional(*std::move(found));
    }
    return std::optional<release_record>();
}

result<std::vector<release_record>> releases_on_disk(const cell_layout& layout)
{
    std::vector<release_record> all;
    const result<host::folder> folder = host::folder::open(layout.releases());
    if (!folder)
        return folder.error().code() == errc::not_found ? result<std::vector<release_record>>(all) : folder.error();
    const result<std::vector<std::string>> names = folder->names();
    if (!names)
        return names.error();
    std::vector<std::pair<timespec, release_record>> dated;
    for (const std::string& name : *names) {
        if (!name.ends_with(record_ending))
            continue;
        result<release_record> read = read_record(layout, name.substr(0, name.size() - record_ending.size()));
        const auto seen = folder->look(name);
        if (read && seen && *seen)
            dated.emplace_back((*seen)->st_mtim, *std::move(read));
    }
    std::sort(dated.begin(), dated.end(), [](const auto& a, const auto& b) {
        return std::tie(a.first.tv_sec, a.first.tv_nsec) < std::tie(b.first.tv_sec, b.first.tv_nsec);
    });
    for (auto& [when, record] : dated)
        all.push_back(std::move(record));
    return all;
}

} // namespace fleetman::agent
