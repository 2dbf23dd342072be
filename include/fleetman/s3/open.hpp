#pragma once

#include <fleetman/s3/connection.hpp>
#include <fleetman/s3/s3_store.hpp>

#include <memory>

// From a connection's settings to the object store behind them.

namespace fleetman::s3 {

// Opens no socket: the first operation does. Fails with invalid when the bucket's name cannot be one, or not in the
// style set, and with failed when certificates cannot be loaded. `time` must outlive the store. A store and all its
// operations belong to one executor.
result<std::shared_ptr<storage::object_store>> open(connection to, clock& time);

// The same, for those who want what only S3 has (s3_store.hpp).
result<std::shared_ptr<s3_store>> open_client(connection to, clock& time);

// What a connection's settings leave to the environment: where its keys come from when it has none
// (default_credentials()), and the proxy for its endpoint, as HTTPS_PROXY and NO_PROXY (or https_proxy and no_proxy)
// say. Fails with invalid when that is no proxy.
result<void> take_from_environment(connection& to, const environment& from, clock& time);

// Creates the bucket unless it is ours already (CreateBucket).
task<result<void>> ensure_bucket(connection to, clock& time);

// Whether the bucket is there and open to us (HeadBucket). Fails with not_found, denied, unavailable.
task<result<void>> check_bucket(connection to, clock& time);

} // namespace fleetman::s3
