#pragma once

#include "scripted_transport.hpp"

#include <fleetman/s3/open.hpp>
#include <fleetman/testing/imposter.hpp>

#include <boost/asio/this_coro.hpp>

#include <functional>

// The client as it is, against a server that misbehaves. Only the pauses between attempts take no time.

namespace fleetman::testing {

struct visit
{
    // What the server does, and what is asked of the store.
    std::function<void(imposter&)> script;
    std::function<void(s3::connection&)> adjust = [](s3::connection&) {};
};

// What came of it, beside the operation's own outcome.
struct trace
{
    std::vector<std::string> requests;
    std::size_t connections = 0;
    std::size_t most_at_once = 0;
    std::size_t pauses = 0;
    bool used_up = false;
};

using story = std::function<task<void>(storage::object_store&)>;

inline trace play(visit made, story told)
{
    task<trace> whole = [](visit v, story act) -> task<trace> {
        imposter server(co_await boost::asio::this_coro::executor);
        v.script(server);
        s3::connection to = test_connection();
        to.endpoint = net::parse_endpoint(server.url()).value();
        to.idle_deadline = milliseconds(2000);
        v.adjust(to);
        manual_clock time;
        {
            const auto store = s3::open(to, time).value();
            task<void> acting = act(*store);
            co_await std::move(acting);
        }
        co_await server.stop();
        co_return trace{
            server.requests(), server.connections(), server.most_at_once(), time.slept.size(), server.used_up()};
    }(std::move(made), std::move(told));
    return run(std::move(whole));
}

// For faults that every operation meets: what reading an object comes to.
struct read_outcome
{
    result<storage::object> got;
    trace seen;
};

inline read_outcome read_through(visit made)
{
    read_outcome outcome{error(errc::failed, "not asked"), {}};
    outcome.seen = play(std::move(made), [&](storage::object_store& store) -> task<void> {
        return [](storage::object_store& from, result<storage::object>& into) -> task<void> {
            into = co_await from.get("cells/web.json", 1000);
        }(store, outcome.got);
    });
    return outcome;
}

} // namespace fleetman::testing
