#pragma once

#include <fleetman/core/result.hpp>

#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <string>

// One at a time for each key, in a coroutine's way of waiting: what keeps two publishes to one cell apart where the
// store does not enforce conditions. For one executor (one thread).

namespace fleetman::control {

class key_lock
{
public:
    // Held as long as its holder lives; may outlive the lock.
    using lease = std::shared_ptr<void>;

    // Waits until nobody holds `key`.
    task<lease> acquire(std::string key);

private:
    using waiting = std::map<std::string, std::shared_ptr<boost::asio::steady_timer>>;

    std::shared_ptr<waiting> held_ = std::make_shared<waiting>();
};

} // namespace fleetman::control
