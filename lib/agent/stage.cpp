#include <fleetman/agent/definition.hpp>
#include <fleetman/agent/stage.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/host/files.hpp>
#include <fleetman/model/service_templates.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <vector>

namespace fleetman::agent {
namespace {

constexpr mode_t passage = 0711;        // the service must come through, and see nothing
constexpr mode_t private_folder = 0700; // until its rights are set
constexpr std::size_t few_files = 32;   // above, one syncfs is cheaper, though it waits for everybody's unwritten pages
constexpr std::uint64_t spare_divisor = 20;
// What a switch takes beside the files: the journal, the release's record, folders, and second names of the service's
// files.
constexpr std::uint64_t switch_bytes = std::uint64_t{128} * 1024;
constexpr std::uint64_t switch_files = 16;

// Opens the folder that holds `path` (not its last part) beneath the release, and calls `use` with it.
template <class Use>
auto in_parent(const host::folder& release, std::string_view path, Use use) -> decltype(use(release, path))
{
    const std::size_t slash = path.rfind('/');
    if (slash == std::string_view::npos)
        return use(release, path);
    const result<host::folder> parent = host::descend(release, path.substr(0, slash), std::nullopt);
    if (!parent)
        return parent.error();
    return use(*parent, path.substr(slash + 1));
}

// The SHA-256 of what the file is now; empty when it has no token.
result<std::string> render_file(const host::folder& release, const std::string& path, const model::token_values& tokens)
{
    return in_parent(release, path, [&](const host::folder& parent, std::string_view name) -> result<std::string> {
        const result<descriptor> file = parent.open_file(name);
        if (!file)
            return file.error();
        const result<std::string> text = host::read_file(*file, template_max_bytes, path);
        if (!text)
            return text.error();
        const std::string rendered = model::render_tokens(*text, tokens);
        if (rendered == *text)
            return std::string();
        if (result<void> gone = parent.remove(name); !gone)
            return gone.error();
        const result<descriptor> fresh = parent.create_file(name);
        if (!fresh)
            return fresh.error();
        if (result<void> written = host::write_all(*fresh, rendered, path); !written)
            return written.error();
        return sha256_hex(rendered);
    });
}

result<void> seal_file(const host::folder& release, const std::string& path, const host::rights& rights)
{
    return in_parent(release, path, [&](const host::folder& parent, std::string_view name) -> result<void> {
        const result<descriptor> file = parent.open_file(name);
        if (!file)
            return file.error();
        return host::set_rights(*file, rights, path);
    });
}

// Has a file's pages written, without waiting for it.
result<descriptor> begin_writing(const host::folder& release, const std::string& path)
{
    return in_parent(release, path, [&](const host::folder& parent, std::string_view name) {
        result<descriptor> file = parent.open_file(name);
        if (file)
            (void)::sync_file_range(file->get(), 0, 0, SYNC_FILE_RANGE_WRITE);
        return file;
    });
}

// Every real folder of the release but its root: those that hold files, with their rights. By path, so that a
// parent comes before what is in it.
std::map<std::string, host::rights> folder_rights(const release_contents& contents, const resolved_rights& rights)
{
    std::map<std::string, host::rights> all;
    for (const content_file& file : contents.files) {
        const std::string& path = file.path.str();
        for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
            all.emplace(path.substr(0, slash), rights.folder);
    }
    for (std::size_t i = 0; i < contents.folders.size(); ++i)
        if (!contents.folders[i].kept)
            all[contents.folders[i].path.str().substr(0, contents.folders[i].path.str().size() - 1)] =
                rights.folders[i];
    return all;
}

result<std::string> read_text(const std::filesystem::path& path)
{
    return host::read_file(path, template_max_bytes);
}

result<definition_texts> make_unit(const cell_layout& layout, const profile_folders& folders,
    const host::folder& release, const model::snapshot& snapshot, const resolved_rights& rights,
    const model::token_values& tokens)
{
    std::string unit;
    const result<descriptor> own = release.open_file("app.service");
    if (!own && own.error().code() != errc::not_found) // a version's unit is never replaced by another
        return own.error();
    if (own) {
        const result<std::string> text = host::read_file(*own, template_max_bytes, "app.service");
        if (!text)
            return text.error();
        unit = *text; // rendered already
    } else if (folders.template_path) {
        const result<std::string> text = read_text(*folders.template_path);
        if (!text)
            return text.error().within("systemd.template_path");
        unit = fill_placeholders(*text, {{"service_name", layout.service()}, {"cell_id", layout.cell().str()}});
        unit = model::render_tokens(unit, tokens);
    } else {
        const result<std::string> text = model::default_app_service(snapshot.content, std::nullopt);
        if (!text)
            return text.error();
        unit = model::render_tokens(*text, tokens);
    }
    unit = model::with_service_account(unit, rights.service_user, rights.service_group);
    const std::string slot = slot_digest(unit);
    result<std::string> installed =
        installed_unit(unit, {tokens.service_working_dir, layout.slot(slot), layout.shared()});
    if (!installed)
        return installed.error();
    return definition_texts{*std::move(installed), slot};
}

result<definition_texts> make_program(
    const cell_layout& layout, const profile_folders& folders, const resolved_rights& rights)
{
    std::string text(model::default_supervisor_program());
    if (folders.template_path) {
        result<std::string> own = read_text(*folders.template_path);
        if (!own)
            return own.error().within("supervisor.template_path");
        text = *std::move(own);
    }
    std::map<std::string, std::string> values{{"service_name", layout.service()}, {"cell_id", layout.cell().str()},
        {"user", supervisor_escaped(rights.service_user)},
        {"working_directory", supervisor_escaped(layout.live(layout.live_name(false)).string())}};
    // The program names its slot, as a unit does, so that its own rename decides; the digest is of the text before.
    const std::string slot = slot_digest(fill_placeholders(text, values));
    values["working_directory"] = supervisor_escaped(layout.slot(slot).string());
    return definition_texts{fill_placeholders(text, values), slot};
}

} // namespace

result<host::folder> begin_release(const cell_layout& layout, const std::string& name)
{
    for (const std::filesystem::path& each : {layout.services() / store_folder, layout.store(), layout.releases()}) {
        const result<host::folder> made = host::folder::make_all(each, passage);
        if (!made)
            return made.error();
        const result<host::rights> now = made->current_rights();
        if (!now)
            return now.error();
        if (result<void> set = made->set_rights({now->owner, now->group, passage}); !set) // whatever our umask
            return set.error();
    }
    const result<host::folder> releases = host::folder::open(layout.releases());
    if (!releases)
        return releases.error();
    if (const auto taken = releases->look(name); !taken || *taken)
        return error(errc::conflict, layout.release(name).string() + " is there already");
    return releases->make(name, private_folder);
}

result<void> check_space(const std::filesystem::path& on, const release_contents& contents)
{
    const result<host::space> free = host::free_space(on);
    if (!free)
        return free.error();
    std::uint64_t bytes = 0;
    for (const content_file& file : contents.files)
        bytes += (file.size + free->block - 1) / free->block * free->block;
    bytes += bytes / spare_divisor + switch_bytes;
    const std::uint64_t files = contents.files.size() + contents.folders.size() + switch_files;
    if (bytes > free->bytes)
        return error(errc::unavailable, "the disk of " + on.string() + " has " + std::to_string(free->bytes) +
                                            " bytes free, this version takes " + std::to_string(bytes));
    if (files > free->files)
        return error(errc::unavailable, "the disk of " + on.string() + " has room for " + std::to_string(free->files) +
                                            " files, this version has " + std::to_string(files));
    return result<void>();
}

result<void> render_files(const host::folder& release, const release_contents& contents,
    const model::token_values& tokens, std::vector<fetched_file>& fetched)
{
    for (std::size_t i = 0; i < contents.files.size(); ++i) {
        const content_file& file = contents.files[i];
        if (!file.rendered || !fetched[i].rendered_sha256.empty()) // what tokens stand for is not looked into again
            continue;
        result<std::string> done = render_file(release, file.path.str(), tokens);
        if (!done)
            return done.error().within("render " + file.path.str());
        fetched[i].rendered_sha256 = *std::move(done);
    }
    return result<void>();
}

result<void> write_local_manifest(const host::folder& release, const model::snapshot& snapshot)
{
    const std::string text = boost::json::serialize(boost::json::object{{"manifest_name", snapshot.name.str()},
        {"version", snapshot.version.str()}, {"profile", model::to_string(snapshot.content.profile)}});
    const result<descriptor> file = release.create_file(local_manifest);
    if (!file)
        return file.error();
    return host::write_all(*file, text, std::string(local_manifest));
}

result<void> seal_release(const host::folder& release, const release_contents& contents, const resolved_rights& rights)
{
    for (std::size_t i = 0; i < contents.files.size(); ++i)
        if (result<void> done = seal_file(release, contents.files[i].path.str(), rights.files[i]); !done)
            return done;
    const host::rights manifest_rights{rights.folder.owner, rights.folder.group, 0600};
    if (result<void> done = seal_file(release, std::string(local_manifest), manifest_rights); !done)
        return done;

    const std::map<std::string, host::rights> folders = folder_rights(contents, rights);
    for (auto each = folders.rbegin(); each != folders.rend(); ++each) {
        const result<host::folder> folder = host::descend(release, each->first, private_folder);
        if (!folder)
            return folder.error();
        if (result<void> done = folder->set_rights(each->second); !done)
            return done;
    }
    return release.set_rights(rights.folder);
}

result<void> sync_release(const host::folder& release, const release_contents& contents, const resolved_rights& rights)
{
    if (contents.files.size() > few_files)
        return release.sync_file_system();
    std::vector<std::string> paths{std::string(local_manifest)};
    for (const content_file& file : contents.files)
        paths.push_back(file.path.str());
    std::vector<descriptor> files;
    for (const std::string& path : paths) {
        result<descriptor> file = begin_writing(release, path);
        if (!file) // its own owner may not read it
            return release.sync_file_system();
        files.push_back(*std::move(file));
    }
    for (std::size_t i = 0; i < files.size(); ++i)
        if (::fsync(files[i].get()) != 0)
            return error(errc::unavailable, "fsync " + paths[i] + " failed");
    for (const auto& [path, unused] : folder_rights(contents, rights)) {
        const result<host::folder> folder = host::descend(release, path, std::nullopt);
        if (!folder)
            return release.sync_file_system();
        if (result<void> done = folder->sync(); !done)
            return done;
    }
    return release.sync();
}

result<definition_texts> make_definition(const cell_layout& layout, const profile_folders& folders,
    const host::folder& release, const model::snapshot& snapshot, const resolved_rights& rights,
    const model::token_values& tokens)
{
    switch (layout.profile()) {
    case model::run_profile::systemd: return make_unit(layout, folders, release, snapshot, rights, tokens);
    case model::run_profile::supervisor: return make_program(layout, folders, rights);
    default: return definition_texts{"", slot_digest("")};
    }
}

} // namespace fleetman::agent
