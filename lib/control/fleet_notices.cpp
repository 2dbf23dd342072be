#include <fleetman/control/fleet_view.hpp>
#include <fleetman/core/log.hpp>

#include <utility>

// What the view is told of instead of finding it: this program's own writes, and those that a store tells of.

namespace fleetman::control {

using model::bucket_name;

// Listens for one connection, and counts for it.
class fleet_view::ears final : public storage::write_listener
{
public:
    ears(fleet_view& of, bucket_name name) : of_(of), name_(std::move(name)) {}
    void written(const std::string& key, const std::string* body) override { of_.wrote(name_, key, body); }
    void removed(const std::string& key) override { of_.removed(name_, key); }

private:
    fleet_view& of_;
    bucket_name name_;
};

std::shared_ptr<storage::object_store> fleet_view::listen_to(
    const bucket_name& bucket, std::shared_ptr<storage::object_store> store)
{
    watched& known = buckets_[bucket];
    if (!known.listening)
        known.listening = std::make_shared<ears>(*this, bucket);
    return storage::listened_to(std::move(store), *known.listening, known.requests);
}

void fleet_view::wrote(const bucket_name& bucket, const std::string& key, const std::string* body)
{
    const result<bucket::location> at = names_.location(bucket);
    if (!at)
        return;
    if (const auto node = at->keys.node_of(key)) {
        buckets_[bucket].noticed.insert(*node);
        catch_up_soon(bucket);
        return;
    }
    const auto of = at->keys.cell_document_of(key);
    if (!of)
        return;
    const auto& [cell, document] = *of;
    if (document == bucket::trigger_file) {
        if (auto value = body != nullptr ? model::parse_trigger(*body) : error(errc::not_found, ""))
            now().cells().told(bucket, cell, seen_trigger{std::move(*value), time_.now()}, time_.now());
        state_.cells().want(bucket, cell, cell_table::trigger); // the store knows when it was written
    } else if (document == bucket::status_file) {
        state_.cells().want(bucket, cell, cell_table::status);
    } else if (document == bucket::metadata_file) {
        state_.cells().want(bucket, cell, cell_table::metadata);
    } else {
        return;
    }
    catch_up_soon(bucket);
}

void fleet_view::removed(const bucket_name& bucket, const std::string& key)
{
    const result<bucket::location> at = names_.location(bucket);
    if (!at)
        return;
    if (const auto node = at->keys.node_of(key))
        state_.silent(bucket, *node, time_.now());
    const auto of = at->keys.cell_document_of(key);
    if (!of)
        return;
    if (of->second == bucket::trigger_file)
        now().cells().told(bucket, of->first, std::nullopt, time_.now());
    else if (of->second == bucket::status_file || of->second == bucket::metadata_file)
        state_.cells().want(bucket, of->first, cell_table::everything);
}

void fleet_view::catch_up_soon(const bucket_name& name)
{
    watched& known = buckets_[name];
    result<bucket::location> at = names_.location(name);
    if (known.catching_up || !at)
        return;
    known.catching_up = true;
    reading_.spawn(catch_up(name, *std::move(at)));
}

// What fails is tried again with the next look, which tells of the failure as well.
task<void> fleet_view::catch_up(bucket_name name, bucket::location at)
{
    watched& known = buckets_.at(name);
    const std::shared_ptr<void> ended(nullptr, [&known](void*) { known.catching_up = false; });
    result<void> read;
    do {
        read = co_await read_noticed(name, at);
        if (read)
            read = co_await read_wanted(name, at);
    } while (read && !known.noticed.empty());
    if (!read)
        log::debug("fleet", "not-caught-up", {{"bucket", name.str()}, {"error", read.error().message()}});
}

} // namespace fleetman::control
