#include <fleetman/core/text.hpp>
#include <fleetman/net/endpoint.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <optional>

namespace fleetman::net {
namespace {

constexpr std::uint16_t default_port(bool tls)
{
    return tls ? 443 : 80;
}

std::string bracketed(const std::string& host)
{
    return host.find(':') == std::string::npos ? host : '[' + host + ']';
}

error bad_endpoint(std::string_view url, std::string_view why)
{
    return error(errc::invalid, '"' + std::string(url.substr(0, 200)) + "\" is no endpoint: " + std::string(why) +
                                    " (wanted is http:// or https://, a host, and a port if it is not the default)");
}

// A name or an address: what is left after these cannot change a request's head.
bool is_plain_host(std::string_view host)
{
    return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
               c == '_' || c == ':';
    });
}

} // namespace

std::string endpoint::host_header() const
{
    const std::string host = bracketed(at.host);
    return at.port == default_port(tls) ? host : host + ':' + std::to_string(at.port);
}

std::string endpoint::url() const
{
    return (tls ? "https://" : "http://") + host_header();
}

result<endpoint> parse_endpoint(std::string_view url)
{
    const auto parsed = boost::urls::parse_uri({url.data(), url.size()});
    if (!parsed)
        return bad_endpoint(url, "it is not a URL");
    const boost::urls::url_view& parts = *parsed;
    const std::string scheme = lower_case({parts.scheme().data(), parts.scheme().size()});
    if (scheme != "http" && scheme != "https")
        return bad_endpoint(url, "its scheme is neither http nor https");
    if (parts.has_userinfo() || parts.has_query() || parts.has_fragment())
        return bad_endpoint(url, "user, query and fragment have no place in it");
    if (!parts.encoded_path().empty() && parts.encoded_path() != "/")
        return bad_endpoint(url, "it has a path");

    endpoint made;
    made.tls = scheme == "https";
    made.at.host = lower_case(std::string(parts.host_address())); // RFC 3986 section 3.2.2
    if (!is_plain_host(made.at.host))
        return bad_endpoint(url, "its host is missing or has characters that no host has");
    made.at.port = default_port(made.tls);
    if (parts.has_port()) {
        made.at.port = parts.port_number();
        if (made.at.port == 0)
            return bad_endpoint(url, "its port is not within 1..65535");
    }
    return made;
}

result<address> parse_listen_address(std::string_view text)
{
    const std::size_t colon = text.rfind(':');
    const std::string_view host = text.substr(0, colon);
    const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    const auto port =
        colon == std::string_view::npos ? std::nullopt : parse_integer<std::uint16_t>(text.substr(colon + 1));
    const std::string_view bare = in_brackets ? host.substr(1, host.size() - 2) : host;
    if (!port || !is_plain_host(bare) || (!in_brackets && bare.find(':') != std::string_view::npos))
        return error(
            errc::invalid, '"' + std::string(text.substr(0, 200)) +
                               "\" is no address to listen on; wanted is HOST:PORT, as 127.0.0.1:3000 or [::1]:3000");
    return address{std::string(bare), *port};
}

} // namespace fleetman::net
