#include <fleetman/control/key_lock.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace fleetman::control {

namespace asio = boost::asio;

task<key_lock::lease> key_lock::acquire(std::string key)
{
    const auto all = held_;
    for (auto place = all->find(key); place != all->end(); place = all->find(key)) {
        const auto released = place->second; // cancelled, as a notification, when the holder lets go
        co_await released->async_wait(asio::as_tuple(asio::use_awaitable));
    }
    all->emplace(key, std::make_shared<asio::steady_timer>(
                          co_await asio::this_coro::executor, asio::steady_timer::time_point::max()));
    co_return lease(nullptr, [all, key](void*) {
        const auto place = all->find(key);
        place->second->cancel();
        all->erase(place);
    });
}

} // namespace fleetman::control
