#include <fleetman/bucket/documents.hpp>
#include <fleetman/bucket/snapshot_plan.hpp>
#include <fleetman/control/preview.hpp>
#include <fleetman/control/version_diff.hpp>

#include <map>
#include <utility>

namespace fleetman::control {

using bucket::if_present;
using bucket::listed_folder;
using model::cell_ref;
using model::file_entry;
using model::version;

namespace {

task<result<listed_folder>> list_folder(bucket::location at, std::string prefix)
{
    auto objects = co_await storage::list_all(*at.store, prefix);
    if (!objects)
        co_return objects.error();
    co_return listed_folder{std::move(prefix), std::move(*objects)};
}

task<result<model::snapshot>> sealed_version(manifest_place of, version version)
{
    auto sealed = co_await bucket::read_deployment_manifest(of.at, of.name, version);
    if (sealed)
        co_return std::move(sealed->value);
    if (sealed.error().code() != errc::not_found)
        co_return sealed.error();
    auto any = co_await of.at.store->list({.prefix = of.at.keys.deployment(of.name, version), .max_keys = 1});
    if (!any)
        co_return any.error();
    const std::string title = of.name.str() + ' ' + version.str();
    if (any->objects.empty())
        co_return error(errc::not_found, "there is no version " + title);
    co_return error(errc::conflict, title + " is a draft; finalize it before publishing");
}

// As publishing gathers them; a live overrides manifest that cannot be understood counts as none.
task<result<bucket::snapshot_sources>> gather(manifest_place of, cell_place to, version version)
{
    auto sealed = co_await sealed_version(of, version);
    if (!sealed)
        co_return sealed.error();
    auto deployment = co_await list_folder(of.at, of.at.keys.deployment(of.name, version));
    if (!deployment)
        co_return deployment.error();
    auto overrides = co_await list_folder(to.at, to.at.keys.overrides(to.cell));
    if (!overrides)
        co_return overrides.error();
    auto present = co_await list_folder(to.at, to.at.keys.snapshot(to.cell, version));
    if (!present)
        co_return present.error();
    auto rights = co_await bucket::read_overrides_manifest(to.at, to.cell);
    if (!rights && rights.error().code() != errc::not_found && rights.error().code() != errc::invalid)
        co_return rights.error();
    std::optional<model::overrides_manifest> live;
    if (rights)
        live = std::move(rights->value);
    co_return bucket::snapshot_sources{
        std::move(*sealed), std::move(*deployment), std::move(*overrides), std::move(*present), std::move(live)};
}

snapshot_file planned_file(const bucket::planned_copy& copy, const bucket::snapshot_plan& plan)
{
    const file_entry* rights = plan.overrides_manifest ? plan.overrides_manifest->find(copy.path.str()) : nullptr;
    const bool overridden = copy.overridden || rights != nullptr;
    if (rights == nullptr)
        rights = plan.manifest.content.find(copy.path.str());
    file_entry entry = rights != nullptr ? *rights : file_entry{.path = copy.path, .type = model::file_type::binary};
    if (copy.overridden || entry.etag != copy.etag)
        entry.sha256.reset(); // of another file
    return {.entry = std::move(entry), .overridden = overridden, .size = copy.size, .etag = copy.etag};
}

// What would be written: the plan, or nothing new when the snapshot is there.
task<result<cell_preview>> wanted_files(catalog& names, cell_place place, version version)
{
    cell_preview wanted;
    auto snapshot = if_present(co_await describe_snapshot(place, version));
    if (!snapshot)
        co_return snapshot.error();
    if (*snapshot && (*snapshot)->summary.complete) {
        wanted.existing = true;
        for (snapshot_file& file : (*snapshot)->files)
            wanted.files.push_back({std::move(file), preview_change::unknown});
        co_return wanted;
    }
    auto manifest = names.manifest(place.manifest);
    if (!manifest)
        co_return manifest.error();
    const auto sources = co_await gather(std::move(*manifest), place, version);
    if (!sources)
        co_return sources.error();
    const result<bucket::snapshot_plan> plan = bucket::plan_snapshot(*sources);
    if (!plan)
        co_return plan.error();
    for (const bucket::planned_copy& copy : plan->copies)
        wanted.files.push_back({planned_file(copy, *plan), preview_change::unknown});
    wanted.strays = plan->strays.size();
    co_return wanted;
}

preview_change change_of(const snapshot_file& before, const snapshot_file& after)
{
    const bool digests = before.entry.sha256 && after.entry.sha256;
    const bool same =
        before.size == after.size && (digests ? before.entry.sha256 == after.entry.sha256 : before.etag == after.etag);
    if (!same)
        return preview_change::changed;
    return same_rights(before.entry, after.entry) ? preview_change::same : preview_change::rights;
}

void compare(cell_preview& wanted, std::vector<snapshot_file> running)
{
    std::map<model::file_path, snapshot_file> before;
    for (snapshot_file& file : running)
        before.emplace(file.entry.path, std::move(file));
    for (previewed_file& one : wanted.files) {
        const auto place = before.find(one.file.entry.path);
        one.change = place == before.end() ? preview_change::added : change_of(place->second, one.file);
        if (place != before.end())
            before.erase(place);
    }
    for (const auto& [path, file] : before)
        wanted.removed.push_back(path);
}

} // namespace

std::string_view to_string(preview_change value)
{
    switch (value) {
    case preview_change::added: return "added";
    case preview_change::changed: return "changed";
    case preview_change::rights: return "rights";
    case preview_change::same: return "same";
    case preview_change::unknown: return "unknown";
    }
    return "unknown";
}

task<result<cell_preview>> preview_publish(
    catalog& names, cell_ref cell, version version, std::optional<std::string> running)
{
    auto place = names.cell(cell);
    if (!place)
        co_return place.error();
    auto wanted = co_await wanted_files(names, *place, version);
    if (!wanted)
        co_return wanted.error();
    const auto now = model::version::load(running.value_or(""));
    if (!now)
        co_return wanted;
    auto installed = if_present(co_await describe_snapshot(*place, *now));
    if (!installed)
        co_return installed.error();
    if (*installed) {
        wanted->running = *now;
        compare(*wanted, std::move((*installed)->files));
    }
    co_return wanted;
}

} // namespace fleetman::control
