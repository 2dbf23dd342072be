#include "http_transport.hpp"

#include <fleetman/net/connect.hpp>
#include <fleetman/s3/open.hpp>

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace fleetman::s3 {
namespace {

// A bucket becomes a part of a path or of a host name. Stores have let in more than AWS's rules (upper case, "_"), so
// only what would change the meaning of a request is refused.
result<void> check(const connection& to)
{
    const bool plain = !to.bucket.empty() && to.bucket.size() <= 255 && to.bucket.front() != '.' &&
                       std::all_of(to.bucket.begin(), to.bucket.end(), [](char c) {
                           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                  c == '-' || c == '_' || c == '.' || c == ':';
                       });
    if (!plain)
        return error(errc::invalid, "\"" + to.bucket.substr(0, 100) + "\" is no bucket name: check bucket_name");
    if (to.path_style)
        return result<void>();
    boost::system::error_code is_a_name;
    boost::asio::ip::make_address(to.endpoint.at.host, is_a_name);
    if (!is_a_name || to.bucket.find(':') != std::string::npos)
        return error(errc::invalid, "the bucket " + to.bucket + " cannot be a part of the host name " +
                                        to.endpoint.at.host + ": set path_style: true");
    return result<void>();
}

} // namespace

result<std::shared_ptr<s3_store>> open_client(connection to, clock& time)
{
    if (result<void> checked = check(to); !checked)
        return checked.error();
    std::shared_ptr<const net::tls_trust> trust;
    if (to.endpoint.tls) {
        auto loaded = to.ca_file.empty() ? net::tls_trust::system() : net::tls_trust::from_file(to.ca_file);
        if (!loaded)
            return loaded.error();
        trust = *loaded;
    }
    auto wire = std::make_shared<http_transport>(to, std::move(trust));
    return std::make_shared<s3_store>(std::move(to), std::move(wire), time);
}

result<std::shared_ptr<storage::object_store>> open(connection to, clock& time)
{
    auto opened = open_client(std::move(to), time);
    if (!opened)
        return opened.error();
    return std::shared_ptr<storage::object_store>(std::move(*opened));
}

result<void> take_from_environment(connection& to, const environment& from, clock& time)
{
    if (to.account.access_key.empty() && to.account.secret_key.empty())
        to.account_source = default_credentials(from, time);
    const auto either = [&from](const char* name, const char* other) {
        const std::optional<std::string> said = from(name);
        return said ? *said : from(other).value_or("");
    };
    result<std::optional<net::proxy>> proxy =
        net::proxy_for(to.endpoint, either("HTTPS_PROXY", "https_proxy"), either("NO_PROXY", "no_proxy"));
    if (!proxy)
        return proxy.error();
    to.proxy = std::move(*proxy);
    return result<void>();
}

task<result<void>> ensure_bucket(connection to, clock& time)
{
    auto opened = open_client(std::move(to), time);
    if (!opened)
        co_return opened.error();
    co_return co_await (*opened)->create_bucket();
}

task<result<void>> check_bucket(connection to, clock& time)
{
    auto opened = open_client(std::move(to), time);
    if (!opened)
        co_return opened.error();
    co_return co_await (*opened)->head_bucket();
}

} // namespace fleetman::s3
