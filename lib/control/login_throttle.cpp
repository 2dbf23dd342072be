#include <fleetman/control/login_throttle.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace fleetman::control {

namespace {

constexpr milliseconds first_delay(1'000);

// Whoever has one address of IPv6 has 2^64 of them.
std::string network_of(const std::string& address)
{
    boost::system::error_code not_an_address;
    const auto parsed = boost::asio::ip::make_address(address, not_an_address);
    if (not_an_address || !parsed.is_v6())
        return address;
    const auto six = parsed.to_v6();
    if (six.is_v4_mapped())
        return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, six).to_string();
    auto bytes = six.to_bytes();
    std::fill(bytes.begin() + bytes.size() / 2, bytes.end(), static_cast<unsigned char>(0));
    return boost::asio::ip::address_v6(bytes).to_string();
}

} // namespace

milliseconds failure_delays::wait(const std::string& key) const
{
    const auto place = entries_.find(key);
    if (place == entries_.end() || place->second.failures < policy_.free)
        return milliseconds(0);
    milliseconds delay = first_delay;
    for (unsigned i = policy_.free; i < place->second.failures && delay < policy_.longest; ++i)
        delay *= 2;
    delay = std::min(delay, policy_.longest);
    const auto since = std::chrono::duration_cast<milliseconds>(time_.steady_now() - place->second.last);
    return std::max(delay - since, milliseconds(0));
}

void failure_delays::add(const std::string& key)
{
    const auto now = time_.steady_now();
    auto [place, fresh] = entries_.try_emplace(key);
    entry& one = place->second;
    if (!fresh)
        by_age_.erase(one.order);
    one.order = by_age_.insert(by_age_.end(), key);
    one.failures = !fresh && now - one.last < forgotten_after ? one.failures + 1 : 1;
    one.last = now;
    if (entries_.size() > most_keys)
        forget(std::string(by_age_.front()));
}

void failure_delays::take_back(const std::string& key)
{
    const auto place = entries_.find(key);
    if (place != entries_.end() && --place->second.failures == 0)
        forget(key);
}

void failure_delays::forget(const std::string& key)
{
    const auto place = entries_.find(key);
    if (place == entries_.end())
        return;
    by_age_.erase(place->second.order);
    entries_.erase(place);
}

bool login_throttle::is_known(const std::string& user, const std::string& address) const
{
    const auto place = known_.find(user);
    return place != known_.end() && std::ranges::find(place->second, address) != place->second.end();
}

std::optional<milliseconds> login_throttle::attempt(const std::string& user, const std::string& address)
{
    const std::string from = network_of(address);
    const milliseconds by_address = by_address_.wait(from);
    const milliseconds by_user = is_known(user, from) ? milliseconds(0) : by_user_.wait(user);
    if (const milliseconds wait = std::max(by_address, by_user); wait > milliseconds(0))
        return wait;
    by_address_.add(from);
    by_user_.add(user);
    return std::nullopt;
}

void login_throttle::not_tried(const std::string& user, const std::string& address)
{
    by_address_.take_back(network_of(address));
    by_user_.take_back(user);
}

void login_throttle::succeeded(const std::string& user, const std::string& address)
{
    const std::string from = network_of(address);
    // Not forgotten: somebody with a password of their own could guess others' for ever.
    by_address_.take_back(from);
    by_user_.forget(user);
    std::deque<std::string>& known = known_[user];
    std::erase(known, from);
    known.push_back(from);
    if (known.size() > addresses_of_a_user)
        known.pop_front();
}

} // namespace fleetman::control
