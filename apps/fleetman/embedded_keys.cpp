#include "embedded_keys.hpp"
#include "stores.hpp"

#include <utility>

namespace fleetman::app {

namespace {

control::key_maker::kept_key kept(s3server::access_key from)
{
    return {std::move(from.id), std::move(from.note), std::move(from.rights), from.created};
}

} // namespace

bool embedded_keys::has(const config::bucket_connection& connection) const
{
    // Another machine's store may have the same port, but not the same keys.
    return leads_to(connection, connection.bucket, store_.port()) && connection.access_key == as_.access_key &&
           connection.secret_key == as_.secret_key;
}

task<result<std::vector<control::key_maker::kept_key>>> embedded_keys::list(std::string bucket)
{
    auto found = co_await store_.access_keys(std::move(bucket));
    if (!found)
        co_return found.error();
    std::vector<kept_key> all;
    for (s3server::access_key& one : *found)
        all.push_back(kept(std::move(one)));
    co_return all;
}

task<result<control::key_maker::fresh_key>> embedded_keys::make(
    std::string bucket, std::string note, std::vector<std::string> rights)
{
    auto made = co_await store_.make_access_key({{}, std::move(bucket), std::move(note), std::move(rights), {}});
    if (!made)
        co_return made.error();
    co_return fresh_key{kept(std::move(made->key)), std::move(made->secret_key)};
}

task<result<void>> embedded_keys::revoke(std::string bucket, std::string id)
{
    co_return co_await store_.revoke_access_key(std::move(bucket), std::move(id));
}

} // namespace fleetman::app
