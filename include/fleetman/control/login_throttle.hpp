#pragma once

#include <fleetman/core/clock.hpp>

#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

// How long whoever has guessed wrong must wait before the next guess. Growing delays by address, and smaller ones by
// user for those who guess from many addresses; but a user is never kept out from where they have logged in before.

namespace fleetman::control {

// Failures by a key, each with its delay. Bounded: the key that failed longest ago is forgotten first.
class failure_delays
{
public:
    static constexpr std::size_t most_keys = 10'000;
    static constexpr milliseconds forgotten_after{900'000};

    struct policy
    {
        unsigned free;        // failures without a delay
        milliseconds longest; // the first delay is a second, each further one twice as long, up to this
    };

    failure_delays(clock& time, policy how) : time_(time), policy_(how) {}

    // Until the next attempt; zero when it may be now.
    milliseconds wait(const std::string& key) const;
    void add(const std::string& key);
    void take_back(const std::string& key); // one
    void forget(const std::string& key);
    std::size_t size() const noexcept { return entries_.size(); }

private:
    struct entry
    {
        unsigned failures = 0;
        std::chrono::steady_clock::time_point last;
        std::list<std::string>::iterator order;
    };

    clock& time_;
    policy policy_;
    std::unordered_map<std::string, entry> entries_;
    std::list<std::string> by_age_; // oldest first
};

class login_throttle
{
public:
    explicit login_throttle(clock& time)
        : by_address_(time, {.free = 5, .longest = milliseconds(300'000)}),
          by_user_(time, {.free = 10, .longest = milliseconds(8'000)})
    {}

    // Nothing: go on. The attempt counts as a failure until succeeded(), so that many at once are no way around. Else
    // how long to wait; waiting attempts are not counted.
    std::optional<milliseconds> attempt(const std::string& user, const std::string& address);
    // From now on this user is not delayed at this address on account of failures elsewhere.
    void succeeded(const std::string& user, const std::string& address);
    // The attempt came to nothing, and tells nothing.
    void not_tried(const std::string& user, const std::string& address);

private:
    static constexpr std::size_t addresses_of_a_user = 8;

    bool is_known(const std::string& user, const std::string& address) const;

    failure_delays by_address_;
    failure_delays by_user_;
    std::map<std::string, std::deque<std::string>> known_; // where users have logged in, the latest last
};

} // namespace fleetman::control
