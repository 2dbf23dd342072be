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

// The proxy for this endpoint, if there is one, as HTTPS_PROXY and NO_PROXY (or https_proxy and no_proxy) say.
result<std::optional<net::proxy>> proxy_from(const environment& from, const net::endpoint& to);

// Creates the bucket unless it is ours already (CreateBucket).
task<result<void>> ensure_bucket(connection to, clock& time);

// Whether the bucket is there and open to us (HeadBucket). Fails with not_found, denied, unavailable.
task<result<void>> check_bucket(connection to, clock& time);

} // namespace fleetman::s3
