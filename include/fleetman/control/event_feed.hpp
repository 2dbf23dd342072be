#pragma once

#include <fleetman/core/clock.hpp>
#include <fleetman/core/result.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// What has changed, in order, for those who follow along: a ring that says which thing changed and not how, because who
// reads it looks at the thing as it is then. So a reader is nothing but a position, and costs no memory however slow it
// is; one that the ring has overtaken is told so. For one executor (one thread).

namespace fleetman::control {

enum class subject
{
    agent,     // named by its node
    cell,      // "node/cell"
    operation, // its id
    bucket     // a connection that began or ceased to answer
};

struct fleet_event
{
    subject of{};
    std::string name;
};

class event_feed
{
public:
    static constexpr std::size_t usual_length = 65'536;
    static constexpr std::size_t most_readers = 256;

    explicit event_feed(boost::asio::any_io_executor executor, std::size_t length = usual_length);
    ~event_feed();
    event_feed(const event_feed&) = delete;
    event_feed& operator=(const event_feed&) = delete;

    // Events are numbered from 1 on; returns the number.
    std::uint64_t publish(subject of, std::string name);

    std::uint64_t last() const noexcept { return last_; }
    // Whether every event after this one can still be read.
    bool covers(std::uint64_t number) const noexcept { return number <= last_ && last_ - number <= ring_.size(); }
    // An event that is covered and not beyond last().
    const fleet_event& at(std::uint64_t number) const { return ring_[ring_.size() - 1 - (last_ - number)]; }

    // What clients hold: a number, and which run of the program counted it.
    std::string id_of(std::uint64_t number) const { return run_ + '-' + std::to_string(number); }
    // Nothing when it is no id, or one of another run.
    std::optional<std::uint64_t> number_of(std::string_view id) const;

    // Returns when there is an event after `number`, after `limit`, or when the feed is closed.
    task<void> wait(std::uint64_t number, milliseconds limit);

    // Ends every wait under way, as if its time were up: its reader may have to go.
    void wake();

    // Ends every wait, those to come included: the program stops.
    void close();
    bool closed() const noexcept { return closed_; }

    // A place among those who read; nothing when all are taken.
    class seat
    {
    public:
        seat(seat&& other) noexcept : feed_(std::exchange(other.feed_, nullptr)) {}
        seat& operator=(seat&&) = delete;
        ~seat()
        {
            if (feed_ != nullptr)
                --feed_->readers_;
        }

    private:
        friend class event_feed;
        explicit seat(event_feed& feed) : feed_(&feed) { ++feed.readers_; }
        event_feed* feed_;
    };
    std::optional<seat> take_seat();
    std::size_t readers() const noexcept { return readers_; }

private:
    struct waiting; // outlives the feed while a wake is on its way

    void wake_soon();

    boost::asio::any_io_executor executor_;
    std::size_t length_;
    std::string run_;
    std::uint64_t last_ = 0;
    std::deque<fleet_event> ring_; // the last one is `last_`
    std::shared_ptr<waiting> waiting_;
    bool closed_ = false;
    std::size_t readers_ = 0;
};

} // namespace fleetman::control
