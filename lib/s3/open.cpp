#include "http_transport.hpp"

#include <fleetman/net/connect.hpp>
#include <fleetman/s3/open.hpp>
#include <fleetman/s3/s3_store.hpp>

namespace fleetman::s3 {
namespace {

result<std::shared_ptr<s3_store>> open_store(connection to, clock& time)
{
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

} // namespace

result<std::shared_ptr<storage::object_store>> open(connection to, clock& time)
{
    auto opened = open_store(std::move(to), time);
    if (!opened)
        return opened.error();
    return std::shared_ptr<storage::object_store>(std::move(*opened));
}

task<result<void>> ensure_bucket(connection to, clock& time)
{
    auto opened = open_store(std::move(to), time);
    if (!opened)
        co_return opened.error();
    co_return co_await (*opened)->create_bucket();
}

} // namespace fleetman::s3
