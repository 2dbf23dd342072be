#pragma once

#include <fleetman/control/catalog.hpp>
#include <fleetman/core/secret.hpp>

#include <string>
#include <vector>

// Access keys of single nodes: each opens what its node's agent needs in one bucket connection, and nothing of other
// nodes.

namespace fleetman::control {

struct node_key
{
    std::string id; // the access key
    model::node_id node;
    std::vector<std::string> rights; // "read prod/cells/node01/*"
    wall_time created{};
};

// The secret is told this once.
struct made_node_key
{
    node_key key;
    secret secret_key;
};

// A store that makes access keys: the embedded one. Others have their own ways, and their own tools.
class key_maker
{
public:
    struct kept_key
    {
        std::string id;
        std::string note; // as it was given
        std::vector<std::string> rights;
        wall_time created{};
    };
    struct fresh_key
    {
        kept_key key;
        secret secret_key;
    };

    virtual ~key_maker() = default;

    // Whether the bucket behind this connection is one of its own.
    virtual bool has(const config::bucket_connection& connection) const = 0;

    // `bucket` is the store's name for it. In the order of their ids.
    virtual task<result<std::vector<kept_key>>> list(std::string bucket) = 0;
    virtual task<result<fresh_key>> make(std::string bucket, std::string note, std::vector<std::string> rights) = 0;
    // Fails with not_found.
    virtual task<result<void>> revoke(std::string bucket, std::string id) = 0;
};

class node_keys
{
public:
    explicit node_keys(catalog& names) : names_(names) {}

    // Until then, and for connections that lead elsewhere, everything fails with unsupported. It must outlive this.
    void use(key_maker& maker) { maker_ = &maker; }

    // Those that were made for nodes below the connection's prefix, in the order of their ids. Each fails with
    // not_found when there is no such connection.
    task<result<std::vector<node_key>>> list(model::bucket_name connection);

    // A node may have several, so that one can be replaced while the other is in use.
    task<result<made_node_key>> make(model::bucket_name connection, model::node_id node);

    // From the next request on it opens nothing. Fails with not_found.
    task<result<void>> revoke(model::bucket_name connection, std::string id);

private:
    struct place
    {
        std::string bucket;
        bucket::keyspace keys;
    };

    result<place> find(const model::bucket_name& connection);

    catalog& names_;
    key_maker* maker_ = nullptr;
};

} // namespace fleetman::control
