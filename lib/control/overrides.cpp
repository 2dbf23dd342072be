#include <fleetman/bucket/documents.hpp>
#include <fleetman/control/overrides.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/model/rules.hpp>
#include <fleetman/model/tokens.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::control {

using bucket::if_present;
using model::cell_ref;
using model::file_entry;
using model::file_path;
using model::file_type;
using model::overrides_manifest;
using storage::object_info;

namespace {

// The live overrides manifest as it was read, to be written back only over itself.
struct live_rights
{
    overrides_manifest value;
    std::string etag; // empty: there is none
};

task<result<live_rights>> read_rights(cell_place place)
{
    auto read = if_present(co_await bucket::read_overrides_manifest(place.at, place.cell));
    if (!read && read.error().code() == errc::invalid) {
        auto broken = co_await place.at.store->head(place.at.keys.overrides_manifest(place.cell));
        if (!broken)
            co_return broken.error();
        co_return live_rights{{}, broken->etag};
    }
    if (!read)
        co_return read.error();
    if (!*read)
        co_return live_rights{};
    co_return live_rights{std::move((*read)->value), (*read)->info.etag};
}

task<result<void>> write_rights(cell_place place, live_rights changed)
{
    using storage::put_condition;
    const put_condition when =
        changed.etag.empty() ? put_condition::absent() : put_condition::unchanged_since(changed.etag);
    auto written = co_await bucket::write_overrides_manifest(place.at, place.cell, changed.value, when);
    if (!written && written.error().code() == errc::unsupported)
        written = co_await bucket::write_overrides_manifest(place.at, place.cell, changed.value);
    if (!written)
        co_return written.error();
    co_return result<void>();
}

std::optional<file_entry> entry_of(const file_entry* found)
{
    return found == nullptr ? std::nullopt : std::optional(*found);
}

const model::manifest* manifest_of(const config::controller_config& config, const model::manifest_name& name)
{
    const auto place = config.manifests.find(name);
    return place == config.manifests.end() ? nullptr : &place->second;
}

override_file describe_object(
    const file_path& path, const object_info& info, const overrides_manifest& rights, const model::manifest* manifest)
{
    return {path, info.size, info.etag, info.last_modified, entry_of(rights.find(path.str())),
        entry_of(manifest == nullptr ? nullptr : manifest->find(path.str()))};
}

bool is_text(const override_file& file)
{
    const std::optional<file_entry>& says = file.rights ? file.rights : file.replaces;
    return says && (says->type == file_type::text || says->type == file_type::template_text);
}

// The entry to write for a file, from what it had, what it replaces and the defaults.
file_entry merged(const override_file& file, const rights_change& change, const model::manifest* manifest)
{
    const file_type fallback = file.path.is_folder() ? file_type::folder : file_type::binary;
    file_entry entry = file.rights     ? *file.rights
                       : file.replaces ? *file.replaces
                                       : file_entry{.path = file.path, .type = fallback};
    entry.size.reset();
    entry.etag.reset();
    entry.sha256.reset();
    if (change.type)
        entry.type = *change.type;
    if (change.owner)
        entry.owner = change.owner;
    if (change.group)
        entry.group = change.group;
    if (change.mode)
        entry.mode = change.mode;
    return model::resolved({{entry}}, manifest == nullptr ? model::manifest{} : *manifest).files.front();
}

std::string lock_of(const cell_ref& cell)
{
    return cell.str() + "/overrides";
}

error no_such_override(const cell_ref& cell, const file_path& path)
{
    return {errc::not_found, cell.str() + " has no override " + path.str()};
}

} // namespace

std::string override_file::tag() const
{
    constexpr std::size_t digits = 8; // enough to tell one set of rights from the one before
    if (!rights)
        return etag;
    std::string said;
    for (const auto& part :
        {std::optional(std::string(to_string(rights->type))), rights->owner, rights->group, rights->mode})
        said += part.value_or("") + '\n';
    return etag + '-' + sha256_hex(said).substr(0, digits);
}

task<result<std::vector<override_file>>> overrides::list(cell_ref cell)
{
    result<cell_place> place = names_.cell(cell);
    if (!place)
        co_return place.error();
    const std::string folder = place->at.keys.overrides(cell);
    auto objects = co_await storage::list_all(*place->at.store, folder);
    if (!objects)
        co_return objects.error();
    auto rights = co_await read_rights(*place);
    if (!rights)
        co_return rights.error();
    const model::manifest* manifest = manifest_of(names_.config(), place->manifest);
    std::vector<override_file> files;
    for (const object_info& info : *objects)
        if (const auto path = file_path::parse(std::string_view(info.key).substr(folder.size())))
            files.push_back(describe_object(*path, info, rights->value, manifest));
    co_return files;
}

task<result<override_file>> overrides::describe(cell_ref cell, file_path path)
{
    result<cell_place> place = names_.cell(cell);
    if (!place)
        co_return place.error();
    auto info = co_await place->at.store->head(place->at.keys.override_file(cell, path));
    if (!info && info.error().code() == errc::not_found)
        co_return no_such_override(cell, path);
    if (!info)
        co_return info.error();
    auto rights = co_await read_rights(*place);
    if (!rights)
        co_return rights.error();
    co_return describe_object(path, *info, rights->value, manifest_of(names_.config(), place->manifest));
}

task<result<storage::put_condition>> overrides::check_tag(cell_ref cell, file_path path, etag_check expected)
{
    auto file = co_await describe(std::move(cell), std::move(path));
    if (!file && file.error().code() != errc::not_found)
        co_return file.error();
    const result<void> allowed = expected(file ? file->tag() : "");
    if (!allowed)
        co_return allowed.error();
    co_return file ? storage::put_condition::unchanged_since(file->etag) : storage::put_condition::absent();
}

task<result<override_file>> overrides::put(
    cell_ref cell, file_path path, byte_source& body, std::uint64_t length, etag_check expected)
{
    result<cell_place> place = names_.cell(cell);
    if (!place)
        co_return place.error();
    if (path.is_folder() && length > 0)
        co_return error(errc::invalid, path.str() + " is a folder and takes no content");
    auto rights = co_await read_rights(*place);
    if (!rights)
        co_return rights.error();
    write_check check;
    if (expected)
        check = [this, cell, path, expected] { return check_tag(cell, path, expected); };
    guarded_file to{place->at.store, place->at.keys.override_file(cell, path), locks_, lock_of(cell), std::move(check)};
    const override_file described =
        describe_object(path, {}, rights->value, manifest_of(names_.config(), place->manifest));
    semaphore::permit room;
    if (is_text(described)) {
        auto reserved = co_await texts_.reserve(std::min(length, text_max_bytes));
        if (!reserved)
            co_return reserved.error();
        room = std::move(*reserved);
    }
    task<result<stored_file>> writing =
        is_text(described) ? write_text(std::move(to), body) : write_binary(std::move(to), body, length);
    const result<stored_file> stored = co_await std::move(writing);
    if (!stored)
        co_return stored.error().within(path.str());
    override_file written = described;
    written.size = stored->size;
    written.etag = stored->etag;
    co_return written;
}

task<result<override_file>> overrides::change_rights(
    cell_ref cell, file_path path, rights_change change, etag_check expected)
{
    result<cell_place> place = names_.cell(cell);
    if (!place)
        co_return place.error();
    const key_lock::lease alone = co_await locks_.acquire(lock_of(cell));
    auto file = co_await describe(cell, path);
    if (!file)
        co_return file.error();
    if (expected)
        if (auto allowed = expected(file->tag()); !allowed)
            co_return allowed.error();
    auto live = co_await read_rights(*place);
    if (!live)
        co_return live.error();

    file->rights = merged(*file, change, manifest_of(names_.config(), place->manifest));
    std::erase_if(live->value.files, [&path](const file_entry& one) { return one.path == path; });
    live->value.files.push_back(*file->rights);
    std::vector<field_error> problems = model::violations(live->value);
    if (!problems.empty())
        co_return error::violations("the overrides of " + cell.str() + " break rules", std::move(problems));
    auto written = co_await write_rights(*place, std::move(*live));
    if (!written)
        co_return written.error();
    co_return std::move(*file);
}

task<result<void>> overrides::remove(cell_ref cell, file_path path, etag_check expected)
{
    result<cell_place> place = names_.cell(cell);
    if (!place)
        co_return place.error();
    const key_lock::lease alone = co_await locks_.acquire(lock_of(cell));
    auto file = co_await describe(cell, path);
    if (!file)
        co_return file.error();
    if (expected)
        if (auto allowed = expected(file->tag()); !allowed)
            co_return allowed;
    auto removed = co_await place->at.store->remove(place->at.keys.override_file(cell, path));
    if (!removed || !file->rights)
        co_return removed;
    auto live = co_await read_rights(*place);
    if (!live)
        co_return live.error();
    std::erase_if(live->value.files, [&path](const file_entry& one) { return one.path == path; });
    co_return co_await write_rights(*place, std::move(*live));
}

} // namespace fleetman::control
