#include <fleetman/control/fleet_view.hpp>
#include <fleetman/core/log.hpp>

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace fleetman::control {

using model::bucket_name;

fleet_view::fleet_view(boost::asio::any_io_executor executor, catalog& names, clock& time, event_feed& events)
    : names_(names), time_(time), events_(events), state_(events), reading_(std::move(executor), "fleet")
{}

task<void> fleet_view::run(milliseconds pause)
{
    using boost::asio::cancellation_type;
    while ((co_await boost::asio::this_coro::cancellation_state).cancelled() == cancellation_type::none) {
        for (const auto& [name, at] : begin_look()) {
            const watched& known = buckets_[name];
            if (!known.began)
                reading_.spawn(look_alone(name, at));
            if (!known.sweeping)
                reading_.spawn(sweep_alone(name, at, pause));
        }
        co_await time_.sleep(pause);
    }
}

task<void> fleet_view::refresh()
{
    const auto all = std::make_shared<const bucket_locations>(begin_look());
    co_await for_each_concurrently(
        all->size(), buckets_at_a_time, [this, all](std::size_t i) { return look((*all)[i].first, (*all)[i].second); });
}

// The buckets that can be asked; of the others it says why they cannot.
bucket_locations fleet_view::begin_look()
{
    now();
    bucket_locations all;
    for (const auto& [name, connection] : names_.config().buckets) {
        if (result<bucket::location> at = names_.location(name))
            all.emplace_back(name, std::move(*at));
        else
            tell_outcome(name, buckets_[name], at.error());
    }
    return all;
}

fleet_state& fleet_view::now()
{
    if (configured_ != names_.revision())
        configure();
    state_.settle(time_.now());
    return state_;
}

void fleet_view::configure()
{
    configured_ = names_.revision();
    const auto& wanted = names_.config().buckets;
    for (const auto& [name, connection] : connections_)
        if (const auto still = wanted.find(name); still == wanted.end() || still->second != connection) {
            state_.forget(name, time_.now());
            buckets_[name].begin_anew();
        }
    connections_ = wanted;
    state_.cells().configure(names_.config(), time_.now());
}

// The connection leads elsewhere now, or nowhere.
void fleet_view::watched::begin_anew()
{
    succeeded.reset();
    problem.reset();
    since.reset();
    looked_at = false;
    swept = false;
    to_sweep.clear();
}

task<void> fleet_view::look_alone(bucket_name name, bucket::location at)
{
    co_await look(std::move(name), std::move(at));
}

// Never fails: a bucket that does not answer must not keep the others from being read.
task<result<void>> fleet_view::look(bucket_name name, bucket::location at)
{
    watched& known = buckets_[name];
    const auto begun = time_.steady_now();
    known.began = time_.now();
    const std::shared_ptr<void> ended(nullptr, [&known](void*) { known.began.reset(); });
    result<void> outcome = co_await read_agents(name, at);
    if (outcome) {
        state_.cells().want_motion(name, time_.now());
        outcome = co_await read_wanted(name, at);
    }
    known.took = std::chrono::duration_cast<milliseconds>(time_.steady_now() - begun);
    tell_outcome(name, known, outcome);
    co_return result<void>();
}

void fleet_view::tell_outcome(const bucket_name& name, watched& known, const result<void>& outcome)
{
    known.looked_at = true;
    const bool was_well = !known.problem;
    if (outcome) {
        known.succeeded = time_.now();
        known.problem.reset();
        known.since.reset();
    } else {
        known.problem = outcome.error();
        if (was_well)
            known.since = time_.now();
    }
    if (outcome.has_value() == was_well)
        return;
    events_.publish(subject::bucket, name.str());
    if (outcome)
        log::info("fleet", "bucket-readable", {{"bucket", name.str()}});
    else
        log::warning("fleet", "bucket-unreadable", {{"bucket", name.str()}, {"error", outcome.error().message()}});
}

std::optional<wall_time> fleet_view::as_of() const
{
    std::optional<wall_time> oldest = time_.now();
    for (const auto& [name, connection] : names_.config().buckets) {
        const auto place = buckets_.find(name);
        if (place == buckets_.end() || !place->second.succeeded)
            return std::nullopt;
        oldest = std::min(*oldest, *place->second.succeeded);
    }
    return oldest;
}

bool fleet_view::complete() const
{
    return std::ranges::all_of(names_.config().buckets, [this](const auto& one) {
        const auto place = buckets_.find(one.first);
        return place != buckets_.end() && place->second.looked_at;
    });
}

std::vector<bucket_problem> fleet_view::problems() const
{
    std::vector<bucket_problem> all;
    const wall_time now = time_.now();
    for (const auto& [name, known] : buckets_) {
        if (!connections_.contains(name))
            continue;
        if (known.problem)
            all.push_back({name, *known.problem, known.since.value_or(now), known.succeeded});
        else if (known.began && now - *known.began > patience)
            all.push_back({name,
                error(
                    errc::unavailable, "it has not answered for more than " + std::to_string(patience.count()) + " s"),
                *known.began, known.succeeded});
    }
    return all;
}

std::optional<bucket_watch> fleet_view::watch_of(const bucket_name& bucket) const
{
    const auto place = buckets_.find(bucket);
    return place == buckets_.end() ? std::nullopt : std::optional<bucket_watch>(place->second);
}

} // namespace fleetman::control
