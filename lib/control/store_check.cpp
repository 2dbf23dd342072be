#include <fleetman/control/store_check.hpp>
#include <fleetman/core/random.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace fleetman::control {

using storage::put_condition;

namespace {

// Times the steps and keeps their outcomes.
class recorder
{
public:
    recorder(store_check& into, clock& time) : into_(into), time_(time) {}

    template <class T>
    task<result<T>> run(std::string operation, task<result<T>> work)
    {
        const auto start = time_.steady_now();
        result<T> outcome = co_await std::move(work);
        const auto took = std::chrono::duration_cast<milliseconds>(time_.steady_now() - start);
        into_.steps.push_back({std::move(operation), took, std::nullopt});
        if (!outcome)
            into_.steps.back().failure = outcome.error();
        co_return outcome;
    }

private:
    store_check& into_;
    clock& time_;
};

} // namespace

bool store_check::passed() const
{
    return std::ranges::none_of(steps, [](const check_step& step) { return step.failure.has_value(); });
}

task<store_check> check_store(bucket::location at, clock& time)
{
    constexpr std::size_t random_bytes = 8;
    constexpr std::uint64_t probe_max_bytes = 1024;
    store_check found;
    recorder steps(found, time);
    storage::object_store& store = *at.store;
    const std::string key = at.keys.root() + "fleetman/check/" + random_hex(random_bytes);
    const std::string copied = key + "-copy";

    const std::string fresh = key + "-fresh";
    const std::string wrong_etag(32, '0');

    co_await steps.run("list", store.list({.prefix = at.keys.root(), .max_keys = 1}));
    const auto written = co_await steps.run("put", store.put(key, std::string(storage::probe_text)));
    if (!written)
        co_return found;
    const auto absent = co_await steps.run(
        "put-if-absent", storage::try_condition(store, {key, put_condition::absent(), fresh, put_condition::absent()}));
    const auto unchanged = co_await steps.run("put-if-unchanged",
        storage::try_condition(
            store, {key, put_condition::unchanged_since(wrong_etag), key, put_condition::unchanged_since(*written)}));
    found.put_if_absent = absent ? *absent : condition_support::unknown;
    found.put_if_unchanged = unchanged ? *unchanged : condition_support::unknown;
    auto read = co_await steps.run("get", store.get(key, probe_max_bytes));
    if (read && read->body != storage::probe_text)
        found.steps.back().failure = error(errc::failed, "get " + key + ": not what was written");
    co_await steps.run("copy", store.copy(key, copied));
    co_await steps.run("delete", store.remove_all({key, copied, fresh}));
    co_return found;
}

} // namespace fleetman::control
