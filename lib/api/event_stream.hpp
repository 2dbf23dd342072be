#pragma once

#include <fleetman/control/services.hpp>
#include <fleetman/core/bytes.hpp>
#include <fleetman/core/secret.hpp>

#include <cstdint>
#include <optional>
#include <string>

// GET /events (HTML standard, "Server-sent events"): follows the feed and writes each thing as it is when its turn
// comes, so a thing that changed five times meanwhile is told once. Ends when the feed closes or has overtaken the
// reader, and when the reader's session or token ends.

namespace fleetman::api {

class event_stream final : public byte_source
{
public:
    // A comment at least this often keeps proxies from giving up, and shows us a reader that is gone.
    static constexpr milliseconds keep_alive{15'000};
    // Who reads: asked before each piece whether they still may, so at least every `keep_alive`.
    struct reader
    {
        control::event_feed::seat seat;
        control::identity who;
        std::optional<secret> session;
    };

    // Everything after `from`. When `behind`, what was before is unknown to the reader: `reset` tells it to load all
    // anew.
    event_stream(control::services& app, reader to, std::uint64_t from, bool behind);

    // Waits for the next events.
    task<result<std::string>> read(std::size_t max) override;

private:
    std::string greeting();
    std::string news(std::size_t max);
    std::string render(const control::fleet_event& event, std::uint64_t number);

    control::services& app_;
    reader to_;
    std::uint64_t told_; // the last event that was
    bool behind_;
    bool greeted_ = false;
};

} // namespace fleetman::api
