#pragma once

#include "access_rights.hpp"
#include "object_index.hpp"
#include "rows.hpp"

#include <fleetman/core/secret.hpp>
#include <fleetman/s3server/access_key.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// Who may ask, and for what: held in memory for every request to look into, and kept in the index. Belongs to the
// store's own thread.

namespace fleetman::s3server {

struct credentials
{
    std::string access_key;
    secret secret_key;
};

// Whoever knows a key's secret.
class key_holder
{
public:
    // Of the store's own key: may do everything.
    explicit key_holder(credentials own) : account_(std::move(own)) {}
    key_holder(credentials account, std::string bucket, access_rights rights)
        : account_(std::move(account)), bucket_(std::move(bucket)), rights_(std::move(rights))
    {}

    const credentials& account() const { return account_; }
    bool may_everything() const { return bucket_.empty(); }
    bool may_use(std::string_view bucket) const { return may_everything() || bucket == bucket_; }
    bool may(action what, std::string_view bucket, std::string_view key) const
    {
        return may_everything() || (bucket == bucket_ && rights_.permit(what, key));
    }

private:
    credentials account_;
    std::string bucket_; // empty: all of them
    access_rights rights_;
};

class access_keys
{
public:
    static constexpr std::size_t most_of_a_bucket = 10'000;

    // `kept` are the index's. Fails with invalid when one of them has rights that cannot be.
    static result<access_keys> load(credentials own, const std::vector<access_key_row>& kept);

    // Null when there is no such key. Stays valid for a request under way when the key is revoked meanwhile.
    std::shared_ptr<const key_holder> find(std::string_view id) const;

    // In the order of their ids.
    task<result<std::vector<access_key>>> list(object_index& index, std::string bucket) const;

    // `wanted` has no id yet. Durable when it returns. Fails with no_such_bucket, invalid_argument (rights that cannot
    // be), or invalid_request when the bucket has as many as it may.
    task<result<made_access_key>> make(object_index& index, access_key wanted);

    // Holds for every request that comes after. Fails with no_such_key.
    task<result<void>> revoke(object_index& index, std::string bucket, std::string id);

    // The bucket is gone, and its keys with it.
    void forget(std::string_view bucket);

private:
    explicit access_keys(credentials own);

    std::map<std::string, std::shared_ptr<const key_holder>, std::less<>> holders_;
};

} // namespace fleetman::s3server
