#include <fleetman/bucket/node_rights.hpp>
#include <fleetman/control/node_keys.hpp>
#include <fleetman/core/log.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace fleetman::control {

namespace {

// A key's note names its node by the heartbeat that it may write: so the keys below one prefix are told from those
// below another of the same bucket.
std::optional<node_key> for_node(const bucket::keyspace& keys, key_maker::kept_key kept)
{
    auto node = keys.node_of(kept.note);
    if (!node)
        return std::nullopt;
    return node_key{std::move(kept.id), std::move(*node), std::move(kept.rights), kept.created};
}

std::vector<std::string> rights_as_text(const bucket::keyspace& keys, const model::node_id& node)
{
    std::vector<std::string> lines;
    for (const bucket::node_right& one : bucket::rights_of(keys, node))
        lines.push_back(std::string(bucket::to_string(one.what)) + ' ' + one.keys);
    return lines;
}

} // namespace

result<node_keys::place> node_keys::find(const model::bucket_name& connection)
{
    const auto found = names_.config().buckets.find(connection);
    if (found == names_.config().buckets.end())
        return error(errc::not_found, "there is no bucket connection " + connection.str());
    if (maker_ == nullptr || !maker_->has(found->second))
        return error(errc::unsupported, "only the embedded store of this controller makes keys of nodes here, and " +
                                            connection.str() +
                                            " leads elsewhere: make them with that store's own tools; fleetagent "
                                            "check-store prints what a node needs");
    return place{found->second.bucket, bucket::keyspace(found->second.prefix)};
}

task<result<std::vector<node_key>>> node_keys::list(model::bucket_name connection)
{
    const result<place> where = find(connection);
    if (!where)
        co_return where.error();
    auto kept = co_await maker_->list(where->bucket);
    if (!kept)
        co_return kept.error();
    std::vector<node_key> all;
    for (key_maker::kept_key& one : *kept)
        if (auto key = for_node(where->keys, std::move(one)))
            all.push_back(std::move(*key));
    co_return all;
}

task<result<made_node_key>> node_keys::make(model::bucket_name connection, model::node_id node)
{
    const result<place> where = find(connection);
    if (!where)
        co_return where.error();
    auto made = co_await maker_->make(where->bucket, where->keys.agent(node), rights_as_text(where->keys, node));
    if (!made)
        co_return made.error().within("make a key for " + node.str());
    log::info("keys", "made", {{"bucket", connection.str()}, {"node", node.str()}, {"id", made->key.id}});
    co_return made_node_key{{std::move(made->key.id), std::move(node), std::move(made->key.rights), made->key.created},
        std::move(made->secret_key)};
}

task<result<void>> node_keys::revoke(model::bucket_name connection, std::string id)
{
    const result<place> where = find(connection);
    if (!where)
        co_return where.error();
    const auto known = co_await list(connection); // keys that are not of nodes below this prefix stay
    if (!known)
        co_return known.error();
    if (std::ranges::find(*known, id, &node_key::id) == known->end())
        co_return error(errc::not_found, "there is no key " + id);
    auto revoked = co_await maker_->revoke(where->bucket, id);
    if (revoked)
        log::info("keys", "revoked", {{"bucket", connection.str()}, {"id", id}});
    co_return revoked;
}

} // namespace fleetman::control
