#include "stores.hpp"

#include <fleetman/net/endpoint.hpp>
#include <fleetman/s3/open.hpp>

#include <utility>

namespace fleetman::app {

namespace {

result<s3::connection> to_connection(
    const config::bucket_connection& from, const config::retry_settings& retry, clock& time)
{
    result<net::endpoint> endpoint = net::parse_endpoint(from.endpoint);
    if (!endpoint)
        return error::violations(endpoint.error().message(), {{"endpoint", endpoint.error().message()}});
    s3::connection to;
    to.endpoint = std::move(*endpoint);
    to.region = from.region;
    to.bucket = from.bucket;
    to.path_style = from.path_style;
    to.account = {from.access_key, from.secret_key, from.session_token.value_or(secret())};
    to.ca_file = from.ca_file.value_or("");
    to.attempts = retry.attempts;
    to.retry_delay = retry.delay;
    if (result<void> taken = s3::take_from_environment(to, s3::process_environment(), time); !taken)
        return taken.error();
    return to;
}

} // namespace

control::store_factory s3_clients(config::retry_settings retry, clock& time)
{
    return [retry, &time](const config::bucket_connection& from) -> result<std::shared_ptr<storage::object_store>> {
        result<s3::connection> to = to_connection(from, retry, time);
        if (!to)
            return to.error();
        return s3::open(std::move(*to), time);
    };
}

result<std::unique_ptr<s3server::embedded_store>> start_embedded_store(
    const config::controller_config& config, std::shared_ptr<storage::change_notices> notices)
{
    if (!config.store)
        return nullptr;
    const config::embedded_store& wanted = *config.store;
    auto store = s3server::embedded_store::open({.listen = {wanted.host, wanted.port},
        .data_dir = wanted.data_dir,
        .access_key = wanted.access_key,
        .secret_key = wanted.secret_key,
        .buckets = wanted.buckets,
        .notices = std::move(notices)});
    if (!store)
        return store.error().within("embedded store");
    const result<std::uint16_t> port = (*store)->listen();
    if (!port)
        return port.error().within("embedded store");
    (*store)->start();
    return store;
}

bool leads_to(const config::bucket_connection& connection, const std::string& bucket, std::uint16_t port)
{
    const auto endpoint = net::parse_endpoint(connection.endpoint);
    return connection.bucket == bucket && endpoint && endpoint->at.port == port;
}

} // namespace fleetman::app
