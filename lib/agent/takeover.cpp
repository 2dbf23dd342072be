#include "json_reader.hpp"

#include <fleetman/agent/definition.hpp>
#include <fleetman/agent/stage.hpp>
#include <fleetman/agent/takeover.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/host/folder.hpp>

#include <boost/json/serialize.hpp>

#include <unistd.h>

#include <set>

namespace fleetman::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t definition_max_bytes = std::uint64_t{4} * 1024 * 1024;
constexpr std::string_view release_base = "orig-";

struct found_folder
{
    std::string live_name;
    model::snapshot snapshot;
    host::rights rights{};
};

bool is_real_folder(const fs::path& path)
{
    std::error_code unknown;
    return fs::is_directory(fs::symlink_status(path, unknown));
}

// The whole snapshot (old generation), or three fields of it (new).
result<model::snapshot> read_local_manifest(const host::folder& live, const model::cell_id& cell)
{
    const std::string path = (live.path() / local_manifest).string();
    const result<descriptor> file = live.open_file(local_manifest);
    if (!file)
        return file.error();
    const result<std::string> text = host::read_file(*file, model::snapshot_max_bytes, path);
    if (!text)
        return text.error();
    const result<boost::json::object> document = parse_object(*text, path);
    if (!document)
        return document.error();
    const auto version = model::version::load(text_at(*document, "version"));
    const auto named = model::manifest_name::load(text_at(*document, "manifest_name"));
    const auto name = named ? named : model::manifest_name::load(cell.str());
    if (!version || !name)
        return error(errc::invalid, path + " names no version");
    boost::json::object complete = *document;
    if (!complete.contains("files"))
        complete["files"] = boost::json::array();
    return model::parse_snapshot_for_agent(boost::json::serialize(complete), *name, *version);
}

result<std::optional<found_folder>> find_folder(const cell_layout& layout, const std::string& coming)
{
    for (const std::string& live_name : {layout.live_name(true), layout.live_name(false)}) {
        const fs::path live = layout.live(live_name);
        if (!is_real_folder(live))
            continue;
        const result<host::folder> folder = host::folder::open(live);
        if (!folder)
            return folder.error();
        const result<model::snapshot> snapshot = read_local_manifest(*folder, layout.cell());
        if (snapshot && snapshot->content.profile == layout.profile()) {
            const result<host::rights> rights = folder->current_rights();
            if (!rights)
                return rights.error();
            return std::optional(found_folder{live_name, *snapshot, *rights});
        }
        if (live_name != coming)
            continue; // a stranger's, and not in our way
        if (::rmdir(live.c_str()) != 0)
            return error(errc::conflict, "there is a folder " + live.string() + " that is not a cell's of ours (" +
                                             (snapshot ? "of another profile" : snapshot.error().message()) +
                                             "); move it away to let this cell be installed");
    }
    return std::optional<found_folder>();
}

// What a version brought: as the bucket lists it, since overrides add to the manifest's files.
task<std::vector<std::string>> files_of(bucket::location at, model::cell_ref cell, const model::snapshot& snapshot)
{
    std::set<std::string> files;
    for (const model::file_entry& entry : snapshot.content.files)
        if (!entry.path.is_folder())
            files.insert(entry.path.str());
    const std::string prefix = at.keys.snapshot(cell, snapshot.version);
    const auto listed = co_await storage::list_all(*at.store, prefix);
    if (listed)
        for (const storage::object_info& object : *listed)
            if (const auto path = model::file_path::parse(std::string_view(object.key).substr(prefix.size()));
                path && !path->is_folder())
                files.insert(path->str());
    co_return std::vector<std::string>(files.begin(), files.end());
}

result<definition_texts> definition_of(const cell_layout& layout, const found_folder& found)
{
    if (!layout.has_definition())
        return definition_texts{"", slot_digest("")};
    const result<std::string> text = host::read_file(layout.definition(), definition_max_bytes);
    if (!text && text.error().code() == errc::not_found)
        return definition_texts{"", slot_digest("")};
    if (!text)
        return text.error();
    const std::string slot = slot_digest(*text);
    if (layout.profile() != model::run_profile::systemd)
        return definition_texts{*text, slot};
    // What going back to it would install; the unit that is there now stays as it is.
    result<std::string> installed =
        installed_unit(*text, {layout.live(found.live_name), layout.slot(slot), layout.shared()});
    if (!installed)
        return installed.error();
    return definition_texts{*std::move(installed), slot};
}

// A name whose place is free, or was prepared by a try that came no further.
std::string name_for(const cell_layout& layout)
{
    std::error_code unknown;
    for (unsigned n = 1;; ++n) {
        std::string name = std::string(release_base) + std::to_string(n);
        if (!is_real_folder(layout.release(name)))
            return name;
    }
}

result<void> exchange(const cell_layout& layout, const release_record& record)
{
    const result<host::folder> services = host::folder::open(layout.services());
    const result<host::folder> store = host::folder::open(layout.store());
    const result<host::folder> releases = host::folder::open(layout.releases());
    if (!services || !store || !releases)
        return !services ? services.error() : !store ? store.error() : releases.error();
    if (result<void> written = write_record(layout, record); !written)
        return written;
    const std::string slot = cell_layout::slot_name(record.slot);
    if (result<void> done = store->point(slot, std::string(releases_folder) + '/' + record.name); !done)
        return done;
    if (result<void> done = releases->point(record.name, layout.slot(record.slot).string()); !done)
        return done;
    if (result<void> done = services->exchange(record.live_name, *releases, record.name); !done) {
        (void)releases->remove(record.name);
        (void)releases->remove(record.name + ".json");
        return done.error().within("take over " + layout.live(record.live_name).string());
    }
    if (result<void> done = releases->sync(); !done)
        return done;
    return services->sync();
}

} // namespace

task<result<std::optional<release_record>>> take_over(
    const host_access& host, bucket::location at, cell_layout layout, std::string live_name)
{
    const auto found = co_await host.workers.run([&] { return find_folder(layout, live_name); });
    if (!found)
        co_return found.error();
    if (!*found)
        co_return std::optional<release_record>();
    const found_folder& folder = **found;
    release_record record{.snapshot = folder.snapshot, .folder_rights = folder.rights, .live_name = folder.live_name};
    record.files = co_await files_of(at, {host.with.node, layout.cell()}, folder.snapshot);
    const result<void> done = co_await host.workers.run([&]() -> result<void> {
        result<definition_texts> definition = definition_of(layout, folder);
        if (!definition)
            return definition.error();
        record.definition = std::move(definition->installed);
        // Without its unit or program it does not run, and is nothing to go back to.
        record.verified = !layout.has_definition() || !record.definition.empty();
        record.slot = std::move(definition->slot);
        record.name = name_for(layout);
        return exchange(layout, record);
    });
    if (!done)
        co_return done.error();
    log::info("agent", "taken-over",
        {{"cell", layout.cell().str()}, {"folder", layout.live(record.live_name).string()}, {"release", record.name}});
    co_return std::optional(std::move(record));
}

result<void> check_definition_is_free(const cell_layout& layout)
{
    std::error_code unknown;
    if (!layout.has_definition() || !fs::exists(fs::symlink_status(layout.definition(), unknown)))
        return result<void>();
    const result<std::string> text = host::read_file(layout.definition(), definition_max_bytes);
    const std::string ours = layout.store().string();
    if (text && (text->find(ours) != std::string::npos || text->find(supervisor_escaped(ours)) != std::string::npos))
        return result<void>();
    return error(
        errc::conflict, layout.definition().string() +
                            " is there, without a folder of this cell's, so it is not ours; move it away first");
}

} // namespace fleetman::agent
