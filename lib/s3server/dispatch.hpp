#pragma once

#include "operations.hpp"

// Which operation a request asks for: a table of method, path and the one query parameter that S3 calls a subresource.

namespace fleetman::s3server {

using operation = answer (*)(s3_request& asked, store_parts& store);

// Fails with not_implemented when S3 has the operation and this store has not, method_not_allowed when neither has.
result<operation> find_operation(const s3_request& asked);

} // namespace fleetman::s3server
