#include <fleetman/core/digest.hpp>
#include <fleetman/core/text.hpp>
#include <fleetman/net/proxy.hpp>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace fleetman::net {
namespace {

error no_proxy_url(std::string_view why)
{
    return error(errc::invalid, "HTTPS_PROXY: " + std::string(why) + " (wanted is http://HOST:PORT)");
}

// "user:password" as an Authorization header has it (RFC 7617).
secret basic(std::string user_and_password)
{
    if (user_and_password.find(':') == std::string::npos)
        user_and_password += ':';
    return secret("Basic " + to_base64(user_and_password));
}

bool names(std::string_view entry, const address& to)
{
    const std::size_t colon = entry.rfind(':');
    const bool one_colon = colon != std::string_view::npos && entry.find(':') == colon;
    if (one_colon) {
        if (parse_integer<std::uint16_t>(entry.substr(colon + 1)) != to.port)
            return false;
        entry = entry.substr(0, colon);
    }
    if (entry.starts_with('.'))
        entry.remove_prefix(1);
    const std::string wanted = lower_case(entry);
    const std::string host = lower_case(to.host);
    return !wanted.empty() && (host == wanted || host.ends_with('.' + wanted));
}

} // namespace

result<proxy> parse_proxy(std::string_view url)
{
    const bool has_scheme = url.find("://") != std::string_view::npos;
    const std::string whole = has_scheme ? std::string(url) : "http://" + std::string(url);
    const auto parsed = boost::urls::parse_uri({whole.data(), whole.size()});
    if (!parsed)
        return no_proxy_url("it is not a URL");
    if (lower_case({parsed->scheme().data(), parsed->scheme().size()}) != "http")
        return no_proxy_url("only proxies that are reached by http:// are known");
    const auto place = parsed->encoded_host_and_port();
    const result<endpoint> at = parse_endpoint("http://" + std::string(place.data(), place.size()));
    if (!at)
        return no_proxy_url("its host or port is none");
    return proxy{at->at, parsed->has_userinfo() ? basic(std::string(parsed->userinfo())) : secret()};
}

bool is_excepted(std::string_view no_proxy, const address& to)
{
    for (const std::string& one : split(no_proxy, ',')) {
        const std::string_view entry = trimmed(one);
        if (entry == "*" || names(entry, to))
            return true;
    }
    return false;
}

result<std::optional<proxy>> proxy_for(const endpoint& to, std::string_view https_proxy, std::string_view no_proxy)
{
    if (!to.tls || trimmed(https_proxy).empty() || is_excepted(no_proxy, to.at))
        return std::optional<proxy>();
    result<proxy> by = parse_proxy(trimmed(https_proxy));
    if (!by)
        return by.error();
    return std::optional<proxy>(std::move(*by));
}

} // namespace fleetman::net
