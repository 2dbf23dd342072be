#pragma once

#include <string>

// Which hosts may hand out credentials without TLS.

namespace fleetman::s3 {

// This host, and the link-local addresses at which container platforms serve ("Container credential provider", AWS SDKs
// and Tools reference guide). Of names "localhost" alone: any other leads where its owner likes, however it begins.
bool may_be_plain(const std::string& host);

} // namespace fleetman::s3
