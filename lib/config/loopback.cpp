#include <fleetman/config/loopback.hpp>
#include <fleetman/core/text.hpp>

#include <boost/asio/ip/address.hpp>

#include <string>

namespace fleetman::config {

bool is_loopback(std::string_view host)
{
    boost::system::error_code not_an_address;
    const auto address = boost::asio::ip::make_address(std::string(host), not_an_address);
    return not_an_address ? lower_case(host) == "localhost" : address.is_loopback();
}

bool is_loopback_authority(std::string_view authority)
{
    const std::size_t colon = authority.rfind(':');
    const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
    const std::string_view host = has_port ? authority.substr(0, colon) : authority;
    return host == "[::1]" || (host.find(':') == std::string_view::npos && is_loopback(host));
}

} // namespace fleetman::config
