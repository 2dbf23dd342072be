#include "seal.hpp"

#include <fleetman/bucket/documents.hpp>
#include <fleetman/bucket/transfer.hpp>
#include <fleetman/control/versions.hpp>
#include <fleetman/core/log.hpp>
#include <fleetman/core/task_group.hpp>
#include <fleetman/core/timestamp.hpp>
#include <fleetman/model/tokens.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace fleetman::control {

using bucket::if_present;
using bucket::manifest_file;
using model::file_entry;
using model::file_path;
using model::file_type;
using model::version;
using storage::object_info;

namespace {

constexpr std::size_t clone_copies_at_a_time = 16;

std::string title(const manifest_place& of, const version& version)
{
    return of.name.str() + ' ' + version.str();
}

bool is_file(std::string_view path)
{
    return !path.empty() && path.back() != '/' && path != manifest_file && path != bucket::overrides_manifest_file;
}

// Stored with LF, and therefore held whole.
bool is_text(const file_entry* entry)
{
    return entry != nullptr && (entry->type == file_type::text || entry->type == file_type::template_text);
}

// Adds an object of a version's folder, whose path in it is `path`.
void count(version_summary& summary, const object_info& object, std::string_view path)
{
    summary.modified = std::max(summary.modified, object.last_modified);
    summary.finalized = summary.finalized || path == manifest_file;
    if (!is_file(path))
        return;
    ++summary.files;
    summary.size += object.size;
}

std::vector<version_file> checklist(
    const std::vector<file_entry>& named, const std::vector<object_info>& objects, std::size_t prefix_length)
{
    std::map<std::string_view, const object_info*> present;
    for (const object_info& object : objects)
        if (const auto path = std::string_view(object.key).substr(prefix_length); is_file(path))
            present.emplace(path, &object);

    std::vector<version_file> files;
    const auto add = [&files](file_entry entry, bool is_named, const object_info* object) {
        version_file file{.entry = std::move(entry), .named = is_named, .present = object != nullptr};
        if (object != nullptr) {
            file.size = object->size;
            file.etag = object->etag;
            file.modified = object->last_modified;
        }
        file.present = file.present || file.entry.type == file_type::folder; // agents make folders themselves
        files.push_back(std::move(file));
    };
    for (const file_entry& entry : named) {
        const auto place = present.find(entry.path.str());
        add(entry, true, place == present.end() ? nullptr : place->second);
        if (place != present.end())
            present.erase(place);
    }
    for (const auto& [path, object] : present)
        if (const auto parsed = file_path::parse(path))
            add({.path = *parsed, .type = file_type::binary}, false, object);
    return files;
}

task<result<void>> require_draft(manifest_place of, version version)
{
    auto seal = if_present(co_await of.at.store->head(of.at.keys.deployment_manifest(of.name, version)));
    if (!seal)
        co_return seal.error();
    if (*seal)
        co_return error(errc::conflict, title(of, version) + " is finalized; make a new version instead");
    auto any = co_await of.at.store->list({.prefix = of.at.keys.deployment(of.name, version), .max_keys = 1});
    if (!any)
        co_return any.error();
    if (any->objects.empty())
        co_return error(errc::not_found, "there is no version " + title(of, version));
    co_return result<void>();
}

// What a clone copies. Fails with not_found when there is no such version.
task<result<std::vector<object_info>>> files_of(manifest_place of, version version)
{
    const std::string folder = of.at.keys.deployment(of.name, version);
    auto objects = co_await storage::list_all(*of.at.store, folder);
    if (!objects)
        co_return objects.error();
    if (objects->empty())
        co_return error(errc::not_found, "there is no version " + title(of, version) + " to clone");
    std::erase_if(
        *objects, [&](const object_info& one) { return !is_file(std::string_view(one.key).substr(folder.size())); });
    co_return objects;
}

// An empty version is a folder, too; its marker is what keeps others from creating it.
task<result<void>> mark(manifest_place of, version version)
{
    const std::string folder = of.at.keys.deployment(of.name, version);
    auto marked = co_await of.at.store->put(folder, std::string(), storage::put_condition::absent());
    if (!marked && marked.error().code() == errc::unsupported)
        marked = co_await of.at.store->put(folder, std::string()); // it was just not there, and the guard is ours
    if (!marked && marked.error().code() == errc::conflict)
        co_return error(errc::conflict, title(of, version) + " exists already");
    if (!marked)
        co_return marked.error();
    co_return result<void>();
}

// Leaves nothing of `to` when it fails, so that it can be repeated.
task<result<void>> clone_files(manifest_place of, std::vector<object_info> from, std::size_t prefix_length, version to)
{
    const std::string target = of.at.keys.deployment(of.name, to);
    const auto files = std::make_shared<const std::vector<object_info>>(std::move(from));
    auto copied = co_await for_each_concurrently(
        files->size(), clone_copies_at_a_time, [store = of.at.store, files, prefix_length, target](std::size_t i) {
            const object_info& file = (*files)[i];
            return bucket::copy_object({store, file.key}, {store, target + file.key.substr(prefix_length)}, file.size);
        });
    if (copied)
        co_return copied;
    std::vector<std::string> keys;
    for (const object_info& file : *files)
        keys.push_back(target + file.key.substr(prefix_length));
    auto removed = co_await of.at.store->remove_all(std::move(keys));
    if (removed)
        removed = co_await of.at.store->remove(target);
    if (!removed)
        log::warning("versions", "clone-left-behind", {{"folder", target}, {"error", removed.error().message()}});
    co_return copied;
}

} // namespace

task<result<std::vector<version_summary>>> versions::list(manifest_place of) const
{
    const std::string folder = of.at.keys.deployments(of.name);
    auto objects = co_await storage::list_all(*of.at.store, folder);
    if (!objects)
        co_return objects.error();
    std::map<version, version_summary> found;
    for (const object_info& object : *objects) {
        const std::string_view rest = std::string_view(object.key).substr(folder.size());
        const std::size_t slash = rest.find('/');
        const auto named = version::load(rest.substr(0, slash));
        if (slash == std::string_view::npos || !named)
            continue; // not a version's
        auto& summary = found.try_emplace(*named, version_summary{*named}).first->second;
        count(summary, object, rest.substr(slash + 1));
    }
    std::vector<version_summary> newest_first;
    for (auto place = found.rbegin(); place != found.rend(); ++place)
        newest_first.push_back(place->second);
    co_return newest_first;
}

task<result<version_detail>> versions::describe(manifest_place of, version version) const
{
    const std::string folder = of.at.keys.deployment(of.name, version);
    auto objects = co_await storage::list_all(*of.at.store, folder);
    if (!objects)
        co_return objects.error();
    if (objects->empty())
        co_return error(errc::not_found, "there is no version " + title(of, version));

    version_detail detail{version_summary{version}, std::nullopt, {}};
    for (const object_info& object : *objects)
        count(detail.summary, object, std::string_view(object.key).substr(folder.size()));
    if (detail.summary.finalized) {
        auto sealed = co_await bucket::read_deployment_manifest(of.at, of.name, version);
        if (!sealed)
            co_return sealed.error();
        detail.sealed = std::move(sealed->value);
    }
    detail.files = checklist(detail.sealed ? detail.sealed->content.files : of.content.files, *objects, folder.size());
    co_return detail;
}

task<result<void>> versions::create(manifest_place of, version version, std::optional<model::version> clone_from)
{
    const std::string folder = of.at.keys.deployment(of.name, version);
    const auto lease = guard_.seal(folder); // nobody uploads to it, or finalizes it, before it is whole
    if (!lease)
        co_return lease.error();
    auto any = co_await of.at.store->list({.prefix = folder, .max_keys = 1});
    if (!any)
        co_return any.error();
    if (!any->objects.empty())
        co_return error(errc::conflict, title(of, version) + " exists already");
    if (!clone_from)
        co_return co_await mark(of, version);

    auto files = co_await files_of(of, *clone_from);
    if (!files)
        co_return files.error();
    auto marked = co_await mark(of, version);
    if (!marked)
        co_return marked;
    const std::size_t prefix_length = of.at.keys.deployment(of.name, *clone_from).size();
    auto cloned = co_await clone_files(of, std::move(*files), prefix_length, version);
    if (!cloned)
        co_return cloned.error().within("clone " + title(of, *clone_from));
    co_return cloned;
}

guarded_file versions::guarded(
    const manifest_place& of, const version& version, const file_path& path, etag_check expected)
{
    const std::string key = of.at.keys.deployment_file(of.name, version, path);
    return {of.at.store, key, files_, key, by_etag(of.at.store, key, std::move(expected))};
}

task<result<stored_file>> versions::put_file(
    manifest_place of, version version, file_path path, byte_source& body, std::uint64_t length, etag_check expected)
{
    semaphore::permit room;
    if (is_text(of.content.find(path.str()))) {
        auto reserved = co_await texts_.reserve(std::min(length, text_max_bytes));
        if (!reserved)
            co_return reserved.error();
        room = std::move(*reserved);
    }
    co_return co_await put_with_room(
        std::move(of), std::move(version), std::move(path), body, length, std::move(expected));
}

task<result<stored_file>> versions::put_with_room(
    manifest_place of, version version, file_path path, byte_source& body, std::uint64_t length, etag_check expected)
{
    const file_entry* entry = of.content.find(path.str());
    if (path.is_folder() || (entry != nullptr && entry->type == file_type::folder))
        co_return error(errc::invalid, path.str() + " is a folder; agents make it, there is nothing to upload");
    const auto lease = guard_.edit(of.at.keys.deployment(of.name, version));
    if (!lease)
        co_return lease.error();
    auto draft = co_await require_draft(of, version);
    if (!draft)
        co_return draft.error();
    guarded_file to = guarded(of, version, path, std::move(expected));
    task<result<stored_file>> writing =
        is_text(entry) ? write_text(std::move(to), body) : write_binary(std::move(to), body, length);
    result<stored_file> stored = co_await std::move(writing);
    if (!stored)
        co_return stored.error().within(path.str());
    co_return stored;
}

task<result<stored_file>> versions::copy_staged(
    manifest_place of, version version, file_path path, file_path staged, etag_check expected)
{
    auto source = co_await of.at.store->head(of.at.keys.staged_file(staged));
    if (!source && source.error().code() == errc::not_found)
        co_return error(errc::not_found, "nothing is staged at " + staged.str());
    if (!source)
        co_return source.error();
    const file_entry* entry = of.content.find(path.str());
    if (path.is_folder() || (entry != nullptr && entry->type == file_type::folder))
        co_return error(errc::invalid, path.str() + " is a folder; agents make it, there is nothing to copy");
    if (is_text(entry)) {
        const auto room = co_await texts_.reserve(std::min(source->size, text_max_bytes));
        if (!room)
            co_return room.error();
        auto text = co_await of.at.store->get(source->key, text_max_bytes);
        if (!text)
            co_return text.error();
        const std::uint64_t length = text->body.size();
        string_source content(std::move(text->body));
        co_return co_await put_with_room(
            std::move(of), std::move(version), std::move(path), content, length, std::move(expected));
    }
    const auto lease = guard_.edit(of.at.keys.deployment(of.name, version));
    if (!lease)
        co_return lease.error();
    auto draft = co_await require_draft(of, version);
    if (!draft)
        co_return draft.error();
    co_return co_await write_copy(guarded(of, version, path, std::move(expected)), std::move(*source));
}

task<result<void>> versions::remove_file(manifest_place of, version version, file_path path, etag_check expected)
{
    const auto lease = guard_.edit(of.at.keys.deployment(of.name, version));
    if (!lease)
        co_return lease.error();
    auto draft = co_await require_draft(of, version);
    if (!draft)
        co_return draft.error();
    auto present = co_await version_file_info(of, version, path);
    if (!present)
        co_return present.error();
    co_return co_await control::remove_file(guarded(of, version, path, std::move(expected)));
}

task<result<model::snapshot>> versions::finalize(
    manifest_place of, version version, model::known_names known, std::optional<model::resource_profile> limits)
{
    const auto lease = guard_.seal(of.at.keys.deployment(of.name, version));
    if (!lease)
        co_return lease.error();
    auto draft = co_await require_draft(of, version);
    if (!draft)
        co_return draft.error();
    co_return co_await seal_version(
        {std::move(of), std::move(version), std::move(known), std::move(limits)}, time_.now());
}

task<result<void>> versions::recycle(manifest_place of, version version, expectation expected)
{
    const std::string folder = of.at.keys.deployment(of.name, version);
    const auto lease = guard_.seal(folder);
    if (!lease)
        co_return lease.error();
    if (expected) {
        auto now = co_await describe(of, version);
        if (!now)
            co_return now.error();
        if (auto allowed = expected(*now); !allowed)
            co_return allowed;
    }
    auto listed = co_await storage::list_all(*of.at.store, folder);
    if (!listed)
        co_return listed.error();
    if (listed->empty())
        co_return error(errc::not_found, "there is no version " + title(of, version));
    const std::string target = of.at.keys.recycled(of.name, version, local_stamp(time_.now()));
    auto moved = co_await bucket::move_folder(
        of.at.store, folder, target, std::move(*listed), of.at.keys.deployment_manifest(of.name, version));
    if (!moved)
        co_return moved.error().within("recycle " + title(of, version));
    log::info("versions", "recycled", {{"version", title(of, version)}, {"to", target}});
    co_return moved;
}

task<result<object_info>> version_file_info(manifest_place of, version version, file_path path)
{
    const std::string key = of.at.keys.deployment_file(of.name, version, path);
    auto found = co_await of.at.store->head(key);
    if (!found && found.error().code() == errc::not_found)
        co_return error(errc::not_found, title(of, version) + " has no file " + path.str());
    co_return found;
}

} // namespace fleetman::control
