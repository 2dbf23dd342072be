#include <fleetman/bucket/keys.hpp>
#include <fleetman/bucket/snapshot_plan.hpp>
#include <fleetman/model/rules.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace fleetman::bucket {

using model::file_entry;
using model::file_path;
using storage::object_info;

namespace {

using copies_by_path = std::map<file_path, planned_copy>;

std::string_view path_in(const listed_folder& folder, const object_info& object)
{
    return std::string_view(object.key).substr(folder.prefix.size());
}

bool is_file(std::string_view path)
{
    return !path.empty() && path.back() != '/' && path != manifest_file && path != overrides_manifest_file;
}

void lay_over(
    copies_by_path& copies, const listed_folder& folder, bool overridden, std::vector<field_error>& violations)
{
    for (const object_info& object : folder.objects) {
        const std::string_view text = path_in(folder, object);
        if (!is_file(text))
            continue;
        const result<file_path> path = file_path::parse(text);
        if (!path) {
            violations.push_back({object.key, path.error().message()});
            continue;
        }
        copies.insert_or_assign(*path, planned_copy{*path, object.key, overridden, object.size, object.etag});
    }
}

// A folder of the manifest counts as an entry; an object that no entry names is a file as well.
std::vector<file_entry> all_entries(const std::vector<file_entry>& named, const copies_by_path& copies)
{
    std::vector<file_entry> all = named;
    std::set<std::string_view> seen;
    for (const file_entry& entry : named)
        seen.insert(entry.path.str());
    for (const auto& [path, copy] : copies)
        if (!seen.contains(path.str()))
            all.push_back(file_entry{.path = path, .type = model::file_type::binary});
    return all;
}

std::vector<field_error> missing_files(const std::vector<file_entry>& named, const copies_by_path& copies)
{
    std::vector<field_error> missing;
    for (const file_entry& entry : named)
        if (entry.type != model::file_type::folder && !copies.contains(entry.path))
            missing.push_back({entry.path.str(), "is in the manifest, but neither in the version nor an override"});
    return missing;
}

std::vector<std::string> strays(const listed_folder& present, const copies_by_path& copies)
{
    std::set<std::string_view> wanted;
    for (const auto& [path, copy] : copies)
        wanted.insert(path.str());
    std::vector<std::string> extra;
    for (const object_info& object : present.objects) {
        const std::string_view path = path_in(present, object);
        if (path != manifest_file && !wanted.contains(path)) // a snapshot that someone completed meanwhile stays
            extra.push_back(object.key);
    }
    return extra;
}

std::string title(const model::snapshot& of)
{
    return of.name.str() + ' ' + of.version.str();
}

} // namespace

result<snapshot_plan> plan_snapshot(const snapshot_sources& from)
{
    copies_by_path copies;
    std::vector<field_error> violations;
    lay_over(copies, from.deployment, false, violations);
    lay_over(copies, from.overrides, true, violations);
    const std::vector<file_entry>& named = from.sealed.content.files;
    for (field_error& conflict : model::path_conflicts(all_entries(named, copies)))
        violations.push_back(std::move(conflict));
    if (!violations.empty())
        return error::violations(title(from.sealed) + " has paths that no host can hold", std::move(violations));
    if (std::vector<field_error> missing = missing_files(named, copies); !missing.empty())
        return error::violations(title(from.sealed) + " is not complete", std::move(missing));

    snapshot_plan plan{{}, strays(from.present, copies), std::nullopt, from.sealed};
    for (auto& [path, copy] : copies)
        plan.copies.push_back(std::move(copy));
    if (from.overrides_manifest)
        plan.overrides_manifest = model::resolved(*from.overrides_manifest, from.sealed.content);
    return plan;
}

namespace {

using found_files = std::map<std::string_view, const object_info*>;

found_files files_in(const listed_folder& folder)
{
    found_files found;
    for (const object_info& object : folder.objects)
        if (is_file(path_in(folder, object)))
            found.emplace(path_in(folder, object), &object);
    return found;
}

} // namespace

result<model::snapshot> seal_snapshot(
    const snapshot_plan& plan, const std::vector<std::string>& copied, const listed_folder& target)
{
    const found_files found = files_in(target);
    std::map<std::string_view, const planned_copy*> planned;
    for (std::size_t i = 0; i < plan.copies.size(); ++i) {
        const planned_copy& copy = plan.copies[i];
        const auto there = found.find(copy.path.str());
        if (there == found.end() || there->second->size != copy.size)
            return error(errc::conflict, copy.from + " changed while it was being published; publish again");
        if (!copied[i].empty() && there->second->etag != copied[i])
            return error(errc::conflict, "someone else writes to " + there->second->key + "; publish again");
        planned.emplace(copy.path.str(), &copy);
    }
    if (found.size() != planned.size())
        return error(errc::conflict, "someone else writes to " + target.prefix + "; publish again");

    model::snapshot sealed = plan.manifest;
    for (file_entry& entry : sealed.content.files) {
        const auto copy = planned.find(entry.path.str());
        if (copy == planned.end())
            continue;
        const bool as_recorded = !copy->second->overridden && entry.etag == copy->second->etag;
        if (!as_recorded)
            entry.sha256.reset();
        const object_info& object = *found.at(entry.path.str());
        entry.size = object.size;
        entry.etag = object.etag;
    }
    return sealed;
}

result<void> check_snapshot(const model::snapshot& sealed, const listed_folder& folder)
{
    const found_files found = files_in(folder);
    for (const file_entry& entry : sealed.content.files) {
        if (entry.type == model::file_type::folder || (!entry.size && !entry.etag))
            continue;
        const auto there = found.find(entry.path.str());
        const bool same = there != found.end() && (!entry.size || *entry.size == there->second->size) &&
                          (!entry.etag || *entry.etag == there->second->etag);
        if (!same)
            return error(errc::conflict, folder.prefix + entry.path.str() +
                                             " is not what the snapshot's manifest says; delete that version of the "
                                             "cell, then publish it again");
    }
    return {};
}

} // namespace fleetman::bucket
