#include "client_address.hpp"

#include <fleetman/core/text.hpp>

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace fleetman::api {

namespace {

// As trusted_proxies has them: an IPv4 address in IPv6's clothes is itself.
std::optional<std::string> normal(std::string_view text)
{
    boost::system::error_code wrong;
    auto address = boost::asio::ip::make_address(std::string(text), wrong);
    if (wrong)
        return std::nullopt;
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        address = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    return address.to_string();
}

// "192.0.2.1:50000", "[2001:db8::1]:50000".
std::string without_port(std::string_view peer)
{
    std::string_view host = peer.substr(0, peer.rfind(':'));
    if (host.size() > 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    return normal(host).value_or(std::string(peer));
}

// The members of a list, which may be spread over several fields (RFC 9110 section 5.3).
std::vector<std::string> members(const http::request& request, std::string_view field)
{
    std::vector<std::string> all;
    const auto [begin, end] = request.fields.equal_range(field);
    for (auto one = begin; one != end; ++one)
        for (const std::string& member : split(std::string_view(one->value()), ','))
            all.emplace_back(trimmed(member));
    return all;
}

} // namespace

client_address client_of(const http::request& request, const std::set<std::string>& trusted_proxies)
{
    client_address found{without_port(request.peer), false};
    if (!trusted_proxies.contains(found.address))
        return found;
    const std::vector<std::string> schemes = members(request, "X-Forwarded-Proto");
    found.https = !schemes.empty() && lower_case(schemes.back()) == "https";
    const std::vector<std::string> path = members(request, "X-Forwarded-For");
    for (auto hop = path.rbegin(); hop != path.rend(); ++hop) {
        const std::optional<std::string> address = normal(*hop);
        if (!address)
            break; // from here on nobody of ours has written it
        found.address = *address;
        if (!trusted_proxies.contains(*address))
            break;
    }
    return found;
}

} // namespace fleetman::api
