#include <fleetman/control/catalog.hpp>
#include <fleetman/core/log.hpp>

#include <utility>

namespace fleetman::control {

using config::controller_config_file;

catalog::catalog(controller_config_file file, store_factory make_store, worker_pool& pool)
    : file_(std::move(file)), make_store_(std::move(make_store)), pool_(pool)
{}

result<bucket::location> catalog::location(const model::bucket_name& name)
{
    const auto place = config().buckets.find(name);
    if (place == config().buckets.end())
        return error(errc::not_found, "there is no bucket connection " + name.str());
    const auto made = clients_.find(name);
    if (made != clients_.end() && made->second.connection == place->second)
        return made->second.at;

    result<std::shared_ptr<storage::object_store>> store = make_store_(place->second);
    if (!store)
        return store.error().within("bucket connection " + name.str());
    if (wrap_)
        store = wrap_(name, *std::move(store));
    const client fresh{place->second, {std::move(*store), bucket::keyspace(place->second.prefix)}};
    return clients_.insert_or_assign(name, fresh).first->second.at;
}

result<manifest_place> catalog::manifest(const model::manifest_name& name)
{
    const auto place = config().manifests.find(name);
    if (place == config().manifests.end())
        return error(errc::not_found, "there is no manifest " + name.str());
    const auto bucket = model::bucket_name::load(place->second.bucket);
    if (!bucket)
        return bucket.error().within("manifest " + name.str());
    result<bucket::location> at = location(*bucket);
    if (!at)
        return error(errc::conflict, "manifest " + name.str() + ": " + at.error().message());
    return manifest_place{name, place->second, std::move(*at)};
}

result<cell_place> catalog::cell(const model::cell_ref& name)
{
    const auto place = config().cells.find(name);
    if (place == config().cells.end())
        return error(errc::not_found, "there is no cell " + name.str());
    result<bucket::location> at = location(place->second.bucket);
    if (!at)
        return error(errc::conflict, "cell " + name.str() + ": " + at.error().message());
    return cell_place{name, place->second.bucket, place->second.manifest, std::move(*at)};
}

result<std::optional<model::resource_profile>> catalog::limits_of(const model::manifest& of) const
{
    if (of.resource_profile == "unlimited")
        return std::optional<model::resource_profile>();
    for (const auto& [name, limits] : config().resource_profiles)
        if (name.str() == of.resource_profile)
            return std::optional(limits);
    return error(errc::conflict, "there is no resource profile " + of.resource_profile);
}

bucket_locations catalog::locations()
{
    bucket_locations all;
    for (const auto& [name, connection] : config().buckets)
        if (result<bucket::location> at = location(name))
            all.emplace_back(name, std::move(*at));
    return all;
}

result<void> catalog::try_connection(const config::bucket_connection& connection) const
{
    const auto store = make_store_(connection);
    return store ? result<void>() : result<void>(store.error());
}

namespace {

// The file as it is now: re-read when someone else has changed it.
result<controller_config_file> newest(const controller_config_file& known)
{
    if (known.digest().empty())
        return known;
    const result<bool> changed = known.changed_on_disk();
    if (!changed)
        return changed.error();
    return *changed ? controller_config_file::open(known.path()) : result<controller_config_file>(known);
}

} // namespace

task<result<void>> catalog::rehearse(change apply)
{
    const auto current = std::make_shared<controller_config_file>(file_);
    result<controller_config_file> copy = co_await pool_.run([current] { return newest(*current); });
    if (!copy)
        co_return copy.error();
    co_return apply(*copy);
}

task<result<void>> catalog::edit(change apply)
{
    const key_lock::lease alone = co_await edits_.acquire("config");
    const auto current = std::make_shared<controller_config_file>(file_);
    result<controller_config_file> copy = co_await pool_.run([current] { return newest(*current); });
    if (!copy)
        co_return copy.error();
    result<void> applied = apply(*copy);
    if (!applied)
        co_return applied;
    const auto changed = std::make_shared<controller_config_file>(std::move(*copy));
    result<void> saved = co_await pool_.run([changed] { return changed->save(); });
    if (!saved)
        co_return saved;
    serve_from(std::move(*changed));
    log::info("config", "saved", {{"file", file_.path().string()}});
    co_return saved;
}

task<result<bool>> catalog::reload()
{
    const key_lock::lease alone = co_await edits_.acquire("config");
    const auto current = std::make_shared<controller_config_file>(file_);
    result<controller_config_file> read = co_await pool_.run([current] { return newest(*current); });
    if (!read)
        co_return read.error();
    const bool changed = read->digest() != file_.digest();
    if (changed)
        serve_from(std::move(*read));
    co_return changed;
}

void catalog::serve_from(controller_config_file file)
{
    file_ = std::move(file);
    ++revision_;
    std::erase_if(clients_, [this](const auto& one) { return !config().buckets.contains(one.first); });
}

} // namespace fleetman::control
