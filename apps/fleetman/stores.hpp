#pragma once

#include <fleetman/config/controller_config.hpp>
#include <fleetman/control/catalog.hpp>
#include <fleetman/core/clock.hpp>
#include <fleetman/s3server/embedded_store.hpp>

#include <memory>

// Where the controller's buckets come from: S3 clients for the configured connections, and the embedded store.

namespace fleetman::app {

// Clients with the configured patience. `time` must outlive them.
control::store_factory s3_clients(config::retry_settings retry, clock& time);

// Opens the configured embedded store and begins to serve; null when none is configured.
result<std::unique_ptr<s3server::embedded_store>> start_embedded_store(const config::controller_config& config);

} // namespace fleetman::app
