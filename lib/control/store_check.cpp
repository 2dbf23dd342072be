#include <fleetman/control/store_check.hpp>
#include <fleetman/core/random.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::control {

using storage::put_condition;

namespace {

constexpr std::string_view probe = "written by a connection check; safe to delete";

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

    // A put whose condition does not hold: to be refused is what should happen.
    task<condition_support> run_condition(std::string operation, task<result<std::string>> work)
    {
        const result<std::string> outcome = co_await run(std::move(operation), std::move(work));
        if (outcome)
            co_return condition_support::ignored;
        const auto code = outcome.error().code();
        if (code != errc::conflict && code != errc::unsupported)
            co_return condition_support::unknown;
        into_.steps.back().failure.reset();
        co_return code == errc::conflict ? condition_support::enforced : condition_support::refused;
    }

private:
    store_check& into_;
    clock& time_;
};

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

    co_await steps.run("list", store.list({.prefix = at.keys.root(), .max_keys = 1}));
    const auto written = co_await steps.run("put", store.put(key, std::string(probe)));
    if (!written)
        co_return found;
    found.put_if_absent =
        co_await steps.run_condition("put-if-absent", store.put(key, std::string(probe), put_condition::absent()));
    found.put_if_unchanged = co_await steps.run_condition("put-if-unchanged",
        store.put(key, std::string(probe), put_condition::unchanged_since("00000000000000000000000000000000")));
    auto read = co_await steps.run("get", store.get(key, probe_max_bytes));
    if (read && read->body != probe)
        found.steps.back().failure = error(errc::failed, "get " + key + ": not what was written");
    co_await steps.run("copy", store.copy(key, copied));
    co_await steps.run("delete", store.remove_all({key, copied}));
    co_return found;
}

} // namespace fleetman::control
