#include <fleetman/core/random.hpp>
#include <fleetman/storage/conditions.hpp>

namespace fleetman::storage {
namespace {

const std::string no_such_etag(32, '0');

task<result<condition_support>> try_copy(object_store& store, std::string from, std::string to)
{
    const result<std::string> copied = co_await store.copy(from, to, no_such_etag);
    if (copied)
        co_return condition_support::ignored;
    if (copied.error().code() == errc::conflict)
        co_return condition_support::enforced;
    if (copied.error().code() == errc::unsupported)
        co_return condition_support::refused;
    co_return copied.error();
}

task<result<conditions>> probe_at(object_store& store, std::string key)
{
    const result<std::string> written = co_await store.put(key, std::string(probe_text));
    if (!written)
        co_return written.error();
    const auto absent =
        co_await try_condition(store, {key, put_condition::absent(), key + "-fresh", put_condition::absent()});
    if (!absent)
        co_return absent.error();
    const result<object_info> there = co_await store.head(key); // where conditions are ignored it has another body
    if (!there)
        co_return there.error();
    const auto unchanged = co_await try_condition(
        store, {key, put_condition::unchanged_since(no_such_etag), key, put_condition::unchanged_since(there->etag)});
    if (!unchanged)
        co_return unchanged.error();
    const auto copied = co_await try_copy(store, key, key + "-copy");
    if (!copied)
        co_return copied.error();
    co_return conditions{*absent, *unchanged, *copied};
}

} // namespace

std::string_view to_string(condition_support value)
{
    switch (value) {
    case condition_support::enforced: return "enforced";
    case condition_support::ignored: return "ignored";
    case condition_support::refused: return "refused";
    case condition_support::unknown: return "unknown";
    }
    return "unknown";
}

task<result<condition_support>> try_condition(object_store& store, condition_probe with)
{
    const auto refused = co_await store.put(with.taken_key, std::string(probe_text), with.wrong);
    if (refused)
        co_return condition_support::ignored;
    if (refused.error().code() == errc::unsupported)
        co_return condition_support::refused;
    if (refused.error().code() != errc::conflict)
        co_return refused.error();
    const auto taken = co_await store.put(with.free_key, std::string(probe_text), with.right);
    if (!taken && taken.error().code() == errc::conflict)
        co_return error(
            errc::failed, "the store refuses a write although its condition holds: " + taken.error().message());
    if (!taken)
        co_return taken.error();
    co_return condition_support::enforced;
}

task<result<conditions>> probe_conditions(object_store& store, std::string scratch)
{
    constexpr std::size_t random_bytes = 8;
    const std::string key = scratch + random_hex(random_bytes);
    result<conditions> found = co_await probe_at(store, key);
    const result<void> removed = co_await store.remove_all({key, key + "-fresh", key + "-copy"});
    if (found && !removed)
        co_return removed.error();
    co_return found;
}

} // namespace fleetman::storage
