#include <fleetman/bucket/documents.hpp>
#include <fleetman/control/publishing.hpp>
#include <fleetman/core/digest.hpp>
#include <fleetman/core/log.hpp>

#include <boost/json/value.hpp>

#include <chrono>
#include <utility>

// One cell's part of a publish, which may be performed again after a crash at any moment.

namespace fleetman::control {

namespace json = boost::json;

namespace {

std::string text_at(const json::object& details, std::string_view key)
{
    const json::value* const found = details.if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

// Of an operation's step and no other, so that whoever performs it again knows the trigger for its own.
std::string trigger_id_of(const std::string& operation, const std::string& cell)
{
    constexpr std::size_t digits = 32;
    return sha256_hex(operation + '/' + cell).substr(0, digits);
}

} // namespace

publishing::publishing(catalog& names, operation_registry& operations, key_lock& locks, clock& time)
    : names_(names), operations_(operations), locks_(locks), time_(time)
{
    operations_.perform_with("publish", [this](operation_step step) { return perform(std::move(step)); });
    operations_.on_change([this](const operation& now) {
        if (now.ended)
            versions_.erase(now.id);
    });
}

result<publishing::order> publishing::read(const operation_step& step)
{
    auto manifest = model::manifest_name::load(text_at(step.details, "manifest"));
    if (!manifest)
        return manifest.error();
    auto version = model::version::load(text_at(step.details, "version"));
    if (!version)
        return version.error();
    auto cell = model::cell_ref::load(step.cell);
    if (!cell)
        return cell.error();
    return order{
        step, std::move(*manifest), std::move(*version), std::move(*cell), trigger_id_of(step.operation, step.cell)};
}

task<result<void>> publishing::perform(operation_step step)
{
    result<order> wanted = read(step);
    if (!wanted)
        co_return wanted.error();
    const std::string doing = "publish " + wanted->version.str() + " to " + wanted->cell.str();
    auto done = co_await publish_one(std::move(*wanted));
    if (!done)
        co_return done.error().within(doing);
    co_return done;
}

task<result<void>> publishing::publish_one(order wanted)
{
    const key_lock::lease alone = co_await locks_.acquire(wanted.cell.str());
    result<cell_place> place = names_.cell(wanted.cell);
    if (!place)
        co_return place.error();
    if (place->manifest != wanted.manifest)
        co_return error(errc::conflict, wanted.cell.str() + " has been given to manifest " + place->manifest.str() +
                                            " since; " + wanted.version.str() + " of " + wanted.manifest.str() +
                                            " is not published to it");
    if (wanted.step.resumed) {
        const auto before = co_await done_before(wanted, *place);
        if (!before)
            co_return before.error();
        if (*before)
            co_return co_await bucket::ring(place->at, wanted.cell.node);
    }
    // A cell's snapshot can be published again when the manifest's bucket is out of reach or the manifest is gone.
    result<manifest_place> manifest = names_.manifest(wanted.manifest);
    const bucket::location source = manifest ? manifest->at : place->at;
    auto done = co_await bucket::publish({.source = source,
        .target = place->at,
        .manifest = wanted.manifest,
        .version = wanted.version,
        .cell = wanted.cell,
        .copies = copies_,
        .read_version = [this, wanted, source] { return version_of(wanted, source); },
        .trigger_id = wanted.trigger_id});
    if (!done)
        co_return done.error();
    log::info("publish", "published",
        {{"cell", wanted.cell.str()}, {"manifest", wanted.manifest.str()}, {"version", wanted.version.str()},
            {"trigger", wanted.trigger_id}, {"snapshot", done->built ? "built" : "existing"},
            {"operation", wanted.step.operation}});
    tell({wanted.cell, place->bucket, done->trigger, time_.now()});
    co_return result<void>();
}

task<result<bool>> publishing::done_before(order wanted, cell_place place)
{
    auto trigger = bucket::if_present(co_await bucket::read_trigger(place.at, wanted.cell));
    if (!trigger && trigger.error().code() != errc::invalid)
        co_return trigger.error();
    if (!trigger || !*trigger)
        co_return false;
    const auto& found = **trigger;
    if (found.value.id == wanted.trigger_id)
        co_return true;
    // Last-Modified tells whole seconds (RFC 9110 section 8.8.2), so that of a trigger within the same second only an
    // earlier operation of ours is known to be older.
    if (found.info.last_modified + std::chrono::seconds(1) > wanted.step.started && !is_earlier(wanted, found.value))
        co_return error(errc::conflict, wanted.cell.str() +
                                            " was published to by someone else while this controller "
                                            "was down: it has " +
                                            found.value.version.str() + " now; publish again if that is not wanted");
    co_return false;
}

bool publishing::is_earlier(const order& wanted, const model::trigger& found) const
{
    bool known = false;
    operations_.each([&](const operation& one) {
        known = one.started <= wanted.step.started && one.id != wanted.step.operation &&
                found.id == trigger_id_of(one.id, wanted.step.cell);
        return !known;
    });
    return known;
}

task<result<publishing::shared_version>> publishing::version_of(order wanted, bucket::location at)
{
    const std::string& key = wanted.step.operation;
    const key_lock::lease alone = co_await locks_.acquire("operation " + key);
    if (const auto known = versions_.find(key); known != versions_.end())
        co_return known->second;
    auto read = co_await bucket::read_sealed_version(at, wanted.manifest, wanted.version);
    if (!read)
        co_return read.error();
    co_return versions_.emplace(key, std::make_shared<const bucket::sealed_version>(std::move(*read))).first->second;
}

void publishing::tell(const written_trigger& one) const
{
    for (const observer& each : observers_)
        each(one);
}

} // namespace fleetman::control
