#pragma once

#include <fleetman/config/controller_config.hpp>
#include <fleetman/control/catalog.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/s3server/embedded_store.hpp>
#include <fleetman/storage/change_notices.hpp>

#include <cstdint>
#include <memory>
#include <string>

// Where the controller's buckets come from: S3 clients for the configured connections, and the embedded store.

namespace fleetman::app {

// Clients with the configured patience. `time` must outlive them.
control::store_factory s3_clients(config::retry_settings retry, clock& time);

// Opens the configured embedded store and begins to serve; null when none is configured. It tells `notices` of changes.
result<std::unique_ptr<s3server::embedded_store>> start_embedded_store(
    const config::controller_config& config, std::shared_ptr<storage::change_notices> notices);

// Whether this connection is one to the bucket of that name of the embedded store that listens on `port`.
bool leads_to(const config::bucket_connection& connection, const std::string& bucket, std::uint16_t port);

} // namespace fleetman::app
