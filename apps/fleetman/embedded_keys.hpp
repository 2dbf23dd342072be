#pragma once

#include <fleetman/control/node_keys.hpp>
#include <fleetman/s3server/embedded_store.hpp>

#include <utility>

// The embedded store as the controller's maker of keys.

namespace fleetman::app {

class embedded_keys final : public control::key_maker
{
public:
    // The store, which must outlive this, and what it was configured with.
    embedded_keys(s3server::embedded_store& store, config::embedded_store as) : store_(store), as_(std::move(as)) {}

    bool has(const config::bucket_connection& connection) const override;
    task<result<std::vector<kept_key>>> list(std::string bucket) override;
    task<result<fresh_key>> make(std::string bucket, std::string note, std::vector<std::string> rights) override;
    task<result<void>> revoke(std::string bucket, std::string id) override;

private:
    s3server::embedded_store& store_;
    config::embedded_store as_;
};

} // namespace fleetman::app
